import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { EventEmitter, once } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import type { ChildProcess } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import { ipcEndpoint, portEndpoint, type Endpoint } from '../../src/wire/endpoints.js';

/** A child as its parent holds it, as far as its IPC channel goes. */
class FakeChild extends EventEmitter {
  readonly sent: unknown[] = [];
  connected = true;

  send(message: unknown, done: (error: Error | null) => void): boolean {
    if (this.connected) this.sent.push(message);
    else process.nextTick(done, new Error('ERR_IPC_CHANNEL_CLOSED'));
    return this.connected;
  }
}

function childEndpoint(): { child: FakeChild; endpoint: Endpoint } {
  const child = new FakeChild();
  return { child, endpoint: ipcEndpoint(child as unknown as ChildProcess) };
}

describe('an endpoint', () => {
  test('hands a function the message as an event', () => {
    const { child, endpoint } = childEndpoint();
    const got: unknown[] = [];
    endpoint.addEventListener('message', ({ data }) => got.push(data));
    child.emit('message', 'hello');
    expect(got).toEqual(['hello']);
  });

  test('hands an object the message as an event', () => {
    const { child, endpoint } = childEndpoint();
    const got: unknown[] = [];
    endpoint.addEventListener('message', { handleEvent: ({ data }) => got.push(data) });
    child.emit('message', 'hello');
    expect(got).toEqual(['hello']);
  });

  test('leaves out a listener that was removed, and only that one', () => {
    const { child, endpoint } = childEndpoint();
    const got: string[] = [];
    const first = (): number => got.push('first');
    endpoint.addEventListener('message', first);
    endpoint.addEventListener('message', () => got.push('second'));
    endpoint.removeEventListener('message', first);
    child.emit('message', 'hello');
    expect([got, child.listenerCount('message')]).toEqual([['second'], 1]);
  });

  test('does not mind the removal of a listener it never had', () => {
    const { endpoint } = childEndpoint();
    const unknown = (): void => {};
    expect(() => endpoint.removeEventListener('message', unknown)).not.toThrow();
  });
});

describe('the endpoint of a child', () => {
  test('sends over its IPC channel', () => {
    const { child, endpoint } = childEndpoint();
    endpoint.postMessage({ id: 1 });
    expect(child.sent).toEqual([{ id: 1 }]);
  });

  test('says nothing where the channel is gone', () => {
    const { child, endpoint } = childEndpoint();
    child.connected = false;
    expect(() => endpoint.postMessage({ id: 1 })).not.toThrow();
  });

  test('says nothing where there never was a channel', () => {
    const endpoint = ipcEndpoint(new EventEmitter() as unknown as ChildProcess);
    expect(() => endpoint.postMessage({ id: 1 })).not.toThrow();
  });
});

describe('the endpoint of a port', () => {
  test('carries messages both ways', async () => {
    const { port1, port2 } = new MessageChannel();
    const endpoint = portEndpoint(port1);
    const arrived = new Promise((resolve) =>
      endpoint.addEventListener('message', ({ data }) => resolve(data)),
    );
    port2.postMessage({ there: 1 });
    expect(await arrived).toEqual({ there: 1 });
    const back = once(port2, 'message');
    endpoint.postMessage({ back: 2 });
    expect(await back).toEqual([{ back: 2 }]);
    port1.close();
  });
});

test('an endpoint that was released holds nothing of the child it led to', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const made = (): { endpoint: ReturnType<typeof ipcEndpoint>; child: WeakRef<object> } => {
    const child = Object.assign(new EventEmitter(), { send: () => true });
    const endpoint = ipcEndpoint(child as unknown as ChildProcess);
    endpoint.addEventListener('message', () => {});
    endpoint.release();
    expect(child.listenerCount('message')).toBe(0);
    return { endpoint, child: new WeakRef(child) };
  };
  const { endpoint, child } = made();
  await new Promise((resolve) => setImmediate(resolve));
  collect();
  expect(child.deref()).toBeUndefined();
  // As after the end of a child: nobody hears of it.
  endpoint.postMessage('nobody');
  endpoint.addEventListener('message', () => {});
});

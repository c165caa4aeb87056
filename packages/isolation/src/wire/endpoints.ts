/** What comlink talks over: a port of worker_threads, or the IPC channel of a child. */
import type { ChildProcess } from 'node:child_process';
import type { MessagePort } from 'node:worker_threads';
import type { Endpoint } from 'comlink';

type Listener = (message: unknown) => void;

interface Channel {
  post(message: unknown): void;
  on(listener: Listener): void;
  off(listener: Listener): void;
}

export function portEndpoint(port: MessagePort): Endpoint {
  return endpointOf({
    post: (message) => port.postMessage(message),
    on: (listener) => void port.on('message', listener),
    off: (listener) => void port.off('message', listener),
  });
}

/** `end` is a child as its parent holds it, or `process` inside the child. */
export function ipcEndpoint(end: ChildProcess | NodeJS.Process): Endpoint {
  const channel = end as NodeJS.EventEmitter & ChildProcess;
  return endpointOf({
    // A channel that is gone says so in the callback; the caller's deadline settles the call.
    post: (message) => void channel.send?.(message as object, () => {}),
    on: (listener) => void channel.on('message', listener),
    off: (listener) => void channel.off('message', listener),
  });
}

function endpointOf(channel: Channel): Endpoint {
  const listeners = new Map<unknown, Listener>();
  return {
    postMessage: (message: unknown) => channel.post(message),
    addEventListener: (_type, handler) => {
      const listener: Listener = (data) => {
        const event = { data } as MessageEvent;
        if (typeof handler === 'function') handler(event);
        else handler.handleEvent(event);
      };
      listeners.set(handler, listener);
      channel.on(listener);
    },
    removeEventListener: (_type, handler) => {
      const listener = listeners.get(handler);
      if (listener === undefined) return;
      listeners.delete(handler);
      channel.off(listener);
    },
  };
}

/**
 * What the control interface talks over: a port of worker_threads, or the IPC channel of a child, in
 * the shape of a browser's port that comlink expects.
 */
import type { ChildProcess } from 'node:child_process';
import type { MessagePort } from 'node:worker_threads';

type Listener = (message: unknown) => void;
type Handle = (event: MessageEvent) => void;
type Handler = Handle | { handleEvent: Handle };

/** The part of a browser's MessagePort that comlink uses. */
export interface Endpoint {
  postMessage(message: unknown): void;
  addEventListener(type: string, handler: Handler): void;
  removeEventListener(type: string, handler: Handler): void;
}

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

/** One that can let go of what it leads to. */
export interface ReleasableEndpoint extends Endpoint {
  /**
   * For when the other side has ended. Comlink keeps the endpoint of a proxy until the proxy is
   * collected: one that still led to its child would keep all that listens to it, the proxy included.
   */
  release(): void;
}

/** `end` is a child as its parent holds it, or `process` inside the child. */
export function ipcEndpoint(end: ChildProcess | NodeJS.Process): ReleasableEndpoint {
  let channel: (NodeJS.EventEmitter & ChildProcess) | undefined = end as ChildProcess;
  const listeners = new Map<unknown, Listener>();
  const endpoint = endpointOf(
    {
      // A channel that is gone says so in the callback; the caller's deadline settles the call.
      post: (message) => void channel?.send?.(message as object, () => {}),
      on: (listener) => void channel?.on('message', listener),
      off: (listener) => void channel?.off('message', listener),
    },
    listeners,
  );
  const release = (): void => {
    for (const handler of listeners.keys())
      endpoint.removeEventListener('message', handler as Handler);
    channel = undefined;
  };
  return { ...endpoint, release };
}

function endpointOf(channel: Channel, listeners = new Map<unknown, Listener>()): Endpoint {
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

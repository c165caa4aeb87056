/** PORT: the part of a WebSocket that browsers, Node from 22 on, and `ws` have in common. */
export interface WebSocketLike {
  binaryType: string;
  addEventListener(name: 'message', listener: (event: MessageLike) => void): void;
  addEventListener(name: 'close', listener: (event: CloseLike) => void): void;
  addEventListener(name: 'error', listener: () => void): void;
  send(data: string | Uint8Array): void;
  close(code?: number, reason?: string): void;
}

export interface MessageLike {
  readonly data: unknown;
}

export interface CloseLike {
  readonly code: number;
}

export type WebSocketConstructor = new (url: string, protocols: string[]) => WebSocketLike;

/** The environment's own, where it has one. */
export function globalWebSocket(): WebSocketConstructor | undefined {
  return (globalThis as { WebSocket?: WebSocketConstructor }).WebSocket;
}

/** PORT: what answers a service's requests. The gateway is behind it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

export interface Front {
  /** Of the server it is put behind. */
  readonly timeouts: {
    readonly headersTimeoutMs: number;
    readonly requestTimeoutMs: number;
    readonly keepAliveTimeoutMs: number;
  };
  handle(request: IncomingMessage, response: ServerResponse): void;
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Ends every connection of its own; the listening server is its owner's. */
  close(): Promise<void>;
}

/** A WebSocket that keeps what comes, so that a test can wait for it. */
import { WebSocket, type ClientOptions } from 'ws';
import { SESSION_PROTOCOL, type ServerFrame } from '@tenantry/core/client';

export class TestSocket {
  readonly socket: WebSocket;
  readonly #frames: (ServerFrame | Uint8Array)[] = [];
  readonly #readers: ((frame: ServerFrame | Uint8Array) => void)[] = [];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  /** Rejects where the upgrade is refused, with the status. */
  readonly opened: Promise<void>;

  constructor(url: string, protocols: readonly string[] = [], options: ClientOptions = {}) {
    this.socket = new WebSocket(
      url.replace(/^http/, 'ws'),
      [SESSION_PROTOCOL, ...protocols],
      options,
    );
    this.socket.on('message', (data: Buffer, isBinary) => {
      const frame = isBinary ? new Uint8Array(data) : (JSON.parse(String(data)) as ServerFrame);
      const reader = this.#readers.shift();
      if (reader === undefined) this.#frames.push(frame);
      else reader(frame);
    });
    this.closed = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => resolve({ code, reason: String(reason) }));
    });
    this.opened = new Promise((resolve, reject) => {
      this.socket.on('open', () => resolve());
      this.socket.on('error', reject);
    });
    this.opened.catch(() => {});
  }

  send(frame: object | Uint8Array): void {
    this.socket.send(frame instanceof Uint8Array ? frame : JSON.stringify(frame));
  }

  message(data: unknown): void {
    this.send({ type: 'message', data });
  }

  next(): Promise<ServerFrame | Uint8Array> {
    const frame = this.#frames.shift();
    if (frame !== undefined) return Promise.resolve(frame);
    return new Promise((resolve) => this.#readers.push(resolve));
  }

  /** The next frame that is of one of these types; others are passed over. */
  async nextOf(...types: ServerFrame['type'][]): Promise<ServerFrame> {
    for (;;) {
      const frame = await this.next();
      if (!(frame instanceof Uint8Array) && types.includes(frame.type)) return frame;
    }
  }
}

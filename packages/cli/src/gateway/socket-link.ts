/**
 * One WebSocket of a session: sends, notices when the other side is gone or reads too slowly, and
 * closes once. What the frames mean is left to the live session.
 */
import type { Duplex } from 'node:stream';
import type { Clock, Timer } from '@tenantry/core';
import { CLOSE_CODES, type Frame } from '@tenantry/core/client';
import type { RawData, WebSocket } from 'ws';
import type { GatewayOptions } from './gateway-options.js';

/** The answer to a close frame comes behind everything that was sent before it. */
const CLOSE_TIMEOUT_MS = 5_000;

/** What a session does with its socket's news. */
export interface LinkOwner {
  onText(link: SocketLink, text: string): void;
  onBytes(link: SocketLink, bytes: Uint8Array): void;
  /** The send queue has room again. */
  onRoom(link: SocketLink): void;
  onClosed(link: SocketLink, code: number): void;
}

export interface LinkParts {
  readonly socket: WebSocket;
  /** What `socket` is made of: it says when its queue has left. */
  readonly stream: Duplex;
  /** Whether the client says what it has received, so that frames are kept until it has. */
  readonly acknowledges: boolean;
  readonly clock: Clock;
  readonly rules: Pick<GatewayOptions, 'maxSendQueueBytes' | 'slowReaderTimeoutMs'>;
}

export class SocketLink {
  readonly acknowledges: boolean;
  readonly closed: Promise<void>;
  readonly #parts: LinkParts;
  #isAlive = true;
  #isPaused = false;
  #isClosing = false;
  /** Ends a socket whose other side does not answer a close frame. */
  #last: Timer | undefined;
  /** Runs while the send queue is full. */
  #full: Timer | undefined;

  constructor(parts: LinkParts, owner: LinkOwner) {
    this.acknowledges = parts.acknowledges;
    this.#parts = parts;
    const { socket, stream } = parts;
    socket.on('message', (data: RawData, isBinary: boolean) => {
      this.#isAlive = true;
      const bytes = data as Buffer;
      if (!isBinary) owner.onText(this, bytes.toString('utf8'));
      else owner.onBytes(this, new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length));
    });
    socket.on('pong', () => (this.#isAlive = true));
    // Of frames that break the protocol: ws closes the socket itself, with the code that says why.
    socket.on('error', () => {});
    this.closed = new Promise((resolve) => {
      socket.on('close', (code: number) => {
        this.#stopWaiting();
        this.#last?.cancel();
        owner.onClosed(this, code);
        resolve();
      });
    });
    stream.on('drain', () => {
      if (this.#full === undefined || this.#isFull) return;
      this.#stopWaiting();
      owner.onRoom(this);
    });
  }

  /** Whether more may be sent before what waits has left. */
  get hasRoom(): boolean {
    return this.#full === undefined && !this.#isClosing;
  }

  /** False once it is being closed: what is sent then goes nowhere. */
  get isOpen(): boolean {
    return !this.#isClosing;
  }

  send(frame: Frame): void {
    this.#parts.socket.send(frame);
    if (this.#full === undefined && this.#isFull) this.#waitForRoom();
  }

  /** Stops reading: what the client sends waits with the client. */
  pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#parts.socket.pause();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#isAlive = true;
    this.#parts.socket.resume();
  }

  /** Ends a socket that has been silent since the last beat. One that is not read cannot answer. */
  beat(): void {
    if (this.#isPaused) return;
    if (!this.#isAlive) {
      this.terminate();
      return;
    }
    this.#isAlive = false;
    this.#parts.socket.ping();
  }

  close(code: number, reason: string): void {
    this.#isClosing = true;
    this.#stopWaiting();
    // The answer to a close frame has to be read.
    this.resume();
    this.#parts.socket.close(code, reason);
    this.#last ??= this.#parts.clock.after(CLOSE_TIMEOUT_MS, () => this.terminate());
  }

  terminate(): void {
    this.#parts.socket.terminate();
  }

  get #isFull(): boolean {
    return this.#parts.socket.bufferedAmount >= this.#parts.rules.maxSendQueueBytes;
  }

  #waitForRoom(): void {
    const { clock, rules } = this.#parts;
    this.#full = clock.after(rules.slowReaderTimeoutMs, () =>
      this.close(CLOSE_CODES.slowReader, 'reads too slowly'),
    );
  }

  #stopWaiting(): void {
    this.#full?.cancel();
    this.#full = undefined;
  }
}

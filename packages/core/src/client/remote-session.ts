/**
 * A session at the other end of a WebSocket that may break: sends and receives each message once,
 * resumes by itself while the gateway keeps the session, and ends with its outcome. How it is opened is
 * left to `tenantry-client.ts`.
 */
import { isErrorCode } from '../errors/error-codes.js';
import { TenantryError } from '../errors/errors.js';
import type { Clock, Timer } from '../time/clock.js';
import { Acks } from './acks.js';
import { backOffMs } from './back-off.js';
import { canGo, type ConnectionState } from './connection-state.js';
import { jsonText } from './json-text.js';
import { MessageStream } from './message-stream.js';
import {
  CLOSE_CODES,
  SESSION_PROTOCOL,
  type ClientFrame,
  type ServerFrame,
  type WireOutcome,
} from './protocol.js';
import { UnackedFrames, type Frame } from './unacked.js';
import type { WebSocketConstructor, WebSocketLike } from './web-socket.js';

/** Until the gateway has said what may be under way. */
const FIRST_WINDOW = { maxUnackedFrames: 16, maxUnackedBytes: 65_536 };

/** A message that did not get through; the session goes on. */
export interface Trouble {
  /** `refused`: sent by this side, `frame` is its number from 1. `lost`: sent by the agent. */
  readonly kind: 'refused' | 'lost';
  readonly frame: number | null;
  readonly error: TenantryError;
}

export type SessionNotice = Omit<Extract<ServerFrame, { type: 'notice' }>, 'type'>;

export interface RemoteSessionParts {
  readonly id: string;
  readonly tenant: string;
  readonly agent: string;
  /** Of the socket, with `ws:` or `wss:`. */
  readonly url: string;
  readonly resumeGraceMs: number;
  readonly WebSocket: WebSocketConstructor;
  readonly clock: Clock;
  readonly random: () => number;
  /** Subprotocols that say who it is, on this connection; `resumeTicket` once there is one. */
  readonly protocols: (resumeTicket: string | undefined) => Promise<string[]>;
  /** Why a connection could not be made, where that is for good; undefined: try again. */
  readonly diagnose: (received: number) => Promise<TenantryError | undefined>;
}

/** A session as its client holds it. `Received` is what the agent receives, `Sent` what it sends. */
export class RemoteSession<Received = unknown, Sent = unknown, Result = unknown> {
  readonly id: string;
  readonly tenant: string;
  readonly agent: string;
  /** What the agent sends; ends with the session. Each message reaches one reader. */
  readonly messages: AsyncIterableIterator<Sent>;
  /**
   * How it ended.
   * @throws (as a rejection) TENANTRY_CONNECTION_LOST, TENANTRY_CONNECTION_TAKEN, TENANTRY_RESUME_LOST,
   *   TENANTRY_SESSION_UNKNOWN, TENANTRY_UNAUTHORIZED where that cannot be learned any more
   */
  readonly done: Promise<WireOutcome & { readonly result: Result | null }>;
  readonly #parts: RemoteSessionParts;
  readonly #stream: MessageStream;
  readonly #acks: Acks;
  readonly #unacked = new UnackedFrames();
  readonly #troubleListeners = new Set<(trouble: Trouble) => void>();
  readonly #noticeListeners = new Set<(notice: SessionNotice) => void>();
  #state: ConnectionState = 'connecting';
  #socket: WebSocketLike | undefined;
  #retry: Timer | undefined;
  #resumeTicket: string | undefined;
  /** Data frames of the gateway that have come. */
  #received = 0;
  #window = FIRST_WINDOW;
  #maxFrameBytes = Number.POSITIVE_INFINITY;
  #attempt = 0;
  /** When the last connection was lost; undefined while there is one. */
  #awaySinceMs: number | undefined;
  #lastWord: Extract<ClientFrame, { type: 'close' | 'cancel' }> | undefined;
  #failure: TenantryError | undefined;
  #waiting: (() => void)[] = [];
  #settle!: { resolve(outcome: WireOutcome): void; reject(error: TenantryError): void };

  constructor(parts: RemoteSessionParts) {
    this.#parts = parts;
    this.id = parts.id;
    this.tenant = parts.tenant;
    this.agent = parts.agent;
    this.#acks = new Acks(parts.clock, (received) => this.#tell({ type: 'ack', received }));
    this.#stream = new MessageStream((bytes) => this.#acks.came(bytes));
    this.messages = this.#stream as AsyncIterableIterator<Sent>;
    const done = new Promise<WireOutcome>((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    // Whoever does not ask how it ended need not hear that it is not known.
    done.catch(() => {});
    this.done = done as typeof this.done;
    this.#awaySinceMs = parts.clock.nowMs();
    void this.#connect();
  }

  /** Whether a socket carries it now, or it is being resumed, or is over. */
  get state(): ConnectionState {
    return this.#state;
  }

  /**
   * Sends to the agent: JSON, or bytes as they are. Waits while too much is under way.
   * @throws (as a rejection) TENANTRY_MESSAGE_UNCLONEABLE, TENANTRY_MESSAGE_TOO_DEEP,
   *   TENANTRY_MESSAGE_TOO_LARGE, TENANTRY_SESSION_ENDED, and what `done` rejects with
   */
  async send(message: Received): Promise<void> {
    const frame = toFrame(message);
    while (this.#isSendable && this.#isFull) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    if (!this.#isSendable) throw this.#failure ?? this.#ended();
    if (frame.length > this.#maxFrameBytes) throw tooLarge(frame.length, this.#maxFrameBytes);
    this.#unacked.add(frame);
    if (this.#state === 'open') this.#socket!.send(frame);
  }

  /** Says that no more will be sent, and resolves with the outcome when the agent has finished. */
  close(): typeof this.done {
    return this.#say({ type: 'close' });
  }

  /** Ends the session now with `cancelled`. */
  cancel(detail?: string): typeof this.done {
    return this.#say({ type: 'cancel', ...(detail === undefined ? {} : { detail }) });
  }

  /** Hears of messages that did not get through. Returns the function that removes it. */
  onTrouble(listener: (trouble: Trouble) => void): () => void {
    this.#troubleListeners.add(listener);
    return () => void this.#troubleListeners.delete(listener);
  }

  /** Hears when the session will be ended soon. Returns the function that removes it. */
  onNotice(listener: (notice: SessionNotice) => void): () => void {
    this.#noticeListeners.add(listener);
    return () => void this.#noticeListeners.delete(listener);
  }

  get #isSendable(): boolean {
    return this.#state !== 'over' && this.#lastWord === undefined;
  }

  get #isFull(): boolean {
    const { maxUnackedFrames, maxUnackedBytes } = this.#window;
    return this.#unacked.count >= maxUnackedFrames || this.#unacked.bytes >= maxUnackedBytes;
  }

  #say(word: Extract<ClientFrame, { type: 'close' | 'cancel' }>): typeof this.done {
    if (this.#lastWord?.type !== 'cancel') this.#lastWord = word;
    this.#letSenders();
    this.#tell(word);
    return this.done;
  }

  #tell(frame: ClientFrame): void {
    if (this.#state === 'open') this.#socket!.send(JSON.stringify(frame));
  }

  async #connect(): Promise<void> {
    const protocols = await this.#parts.protocols(this.#resumeTicket).catch(() => []);
    if (this.#state === 'over') return;
    const { WebSocket, url } = this.#parts;
    const socket = new WebSocket(`${url}?received=${this.#received}`, [
      SESSION_PROTOCOL,
      ...protocols,
    ]);
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) =>
      this.#onData(socket, data as string | ArrayBuffer),
    );
    socket.addEventListener('close', ({ code }) => void this.#onClose(socket, code));
    // What went wrong is told by the close that follows.
    socket.addEventListener('error', () => {});
  }

  #onData(socket: WebSocketLike, data: string | ArrayBuffer): void {
    if (socket !== this.#socket || this.#state === 'over') return;
    if (typeof data !== 'string') {
      this.#received += 1;
      this.#stream.push(new Uint8Array(data), data.byteLength);
      return;
    }
    const frame = JSON.parse(data) as ServerFrame;
    switch (frame.type) {
      case 'message':
        this.#received += 1;
        this.#stream.push(frame.data, data.length);
        break;
      case 'welcome':
        this.#welcome(frame);
        break;
      case 'ack':
        this.#unacked.acknowledge(frame.received);
        this.#letSenders();
        break;
      case 'refused':
      case 'lost':
        this.#received += 1;
        this.#acks.came(data.length);
        this.#onTroubleFrame(frame);
        break;
      case 'notice':
        for (const listener of this.#noticeListeners) listener(frame);
        break;
      case 'end':
        this.#end(frame.outcome);
    }
  }

  #welcome(welcome: ServerFrame & { type: 'welcome' }): void {
    const { received, resumeTicket, maxFrameBytes, maxUnackedFrames, maxUnackedBytes } = welcome;
    this.#window = { maxUnackedFrames, maxUnackedBytes };
    this.#acks.windowIs(maxUnackedFrames);
    this.#go('open');
    this.#attempt = 0;
    this.#awaySinceMs = undefined;
    this.#resumeTicket = resumeTicket;
    this.#maxFrameBytes = maxFrameBytes;
    this.#unacked.acknowledge(received);
    for (const frame of this.#unacked.all()) this.#socket!.send(frame);
    if (this.#lastWord !== undefined) this.#tell(this.#lastWord);
    this.#letSenders();
  }

  #onTroubleFrame(frame: Extract<ServerFrame, { type: 'refused' | 'lost' }>): void {
    const code = isErrorCode(frame.code) ? frame.code : 'TENANTRY_INTERNAL';
    const trouble: Trouble = {
      kind: frame.type,
      frame: frame.type === 'refused' ? frame.frame : null,
      error: new TenantryError(code, frame.message, { session: this.id }),
    };
    for (const listener of this.#troubleListeners) listener(trouble);
  }

  async #onClose(socket: WebSocketLike, code: number): Promise<void> {
    if (socket !== this.#socket || this.#state === 'over') return;
    const wasOpen = this.#state === 'open';
    this.#acks.stop();
    const { clock, resumeGraceMs, random } = this.#parts;
    this.#awaySinceMs ??= clock.nowMs();
    this.#go('connecting');
    const why = this.#finalReason(code) ?? (wasOpen ? undefined : await this.#diagnosis());
    // It may have ended, and another socket may have been made, while that was asked.
    if (socket !== this.#socket || this.#isOver) return;
    if (why !== undefined) this.#fail(why);
    else if (clock.nowMs() - this.#awaySinceMs > resumeGraceMs) this.#fail(this.#lost());
    else {
      const delayMs = backOffMs(this.#attempt++, random);
      this.#retry = clock.after(delayMs, () => void this.#connect(), true);
    }
  }

  get #isOver(): boolean {
    return this.#state === 'over';
  }

  #diagnosis(): Promise<TenantryError | undefined> {
    return this.#parts.diagnose(this.#received).catch(() => undefined);
  }

  #finalReason(code: number): TenantryError | undefined {
    const about = { session: this.id };
    switch (code) {
      case CLOSE_CODES.takenOver:
        return new TenantryError('TENANTRY_CONNECTION_TAKEN', 'another one took over', about);
      case CLOSE_CODES.tooLarge:
        return tooLarge(undefined, this.#maxFrameBytes);
      case CLOSE_CODES.badFrame:
        return new TenantryError('TENANTRY_REQUEST_INVALID', 'a frame was not understood', about);
      default:
        return undefined;
    }
  }

  #end(outcome: WireOutcome): void {
    this.#finish();
    this.#stream.close();
    this.#settle.resolve(outcome);
  }

  #fail(error: TenantryError): void {
    this.#failure = error;
    this.#finish();
    this.#stream.close(error);
    this.#settle.reject(error);
  }

  #finish(): void {
    this.#go('over');
    this.#retry?.cancel();
    this.#acks.stop();
    this.#letSenders();
  }

  #letSenders(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #lost(): TenantryError {
    const { id, resumeGraceMs } = this.#parts;
    return new TenantryError(
      'TENANTRY_CONNECTION_LOST',
      `session ${id} could not be resumed within ${resumeGraceMs} ms`,
      { session: id },
    );
  }

  #ended(): TenantryError {
    const how = this.#state === 'over' ? 'has ended' : 'was closed by its client';
    return new TenantryError('TENANTRY_SESSION_ENDED', `session ${this.id} ${how}`, {
      session: this.id,
    });
  }

  #go(to: ConnectionState): void {
    if (canGo(this.#state, to)) this.#state = to;
  }
}

function toFrame(message: unknown): Frame {
  if (message instanceof Uint8Array) return message.slice();
  return `{"type":"message","data":${jsonText(message)}}`;
}

function tooLarge(bytes: number | undefined, limit: number): TenantryError {
  const what = bytes === undefined ? 'a message' : `a message of ${bytes} bytes`;
  return new TenantryError('TENANTRY_MESSAGE_TOO_LARGE', `${what}: at most ${limit} bytes`, {
    details: { limit },
  });
}

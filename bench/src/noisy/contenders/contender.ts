/** PORT: something that serves the healthy calls and the offender in one process. */

/** A healthy call as its client holds it. */
export interface Call {
  /** Sends a frame; it is answered by `onAnswer`, in its own time. Never rejects. */
  send(number: number, pcm: Uint8Array): void;
}

export interface CallEvents {
  answered(number: number): void;
  /** The call ended, or a frame was refused, although nobody hung up. */
  failed(why: string): void;
}

export interface Contender {
  openCall(tenant: string, events: CallEvents): Promise<Call>;
  /** One call of the offender; resolves when it has ended, however. */
  offend(): Promise<void>;
  /** When the offender's code first said that it offends, ms since 1970. */
  readonly offendsAtEpochMs: number | undefined;
  /** When it was confined, on `performance.now()`; undefined for ever where nobody is. */
  readonly confinedAtMs: number | undefined;
}

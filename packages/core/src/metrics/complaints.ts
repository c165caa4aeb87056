/**
 * What goes wrong while metrics are written, in the log: each kind of trouble once a minute, with how
 * often it came since the last time. What is done about it is left to whoever complains.
 */
import { codeOf } from '../errors/errors.js';
import { toWireError } from '../errors/wire-error.js';
import type { Log } from '../log/log.js';
import type { Clock } from '../time/clock.js';

const COMPLAINT_INTERVAL_MS = 60_000;

export type Trouble = 'write-failed' | 'rotation-failed' | 'overflow' | 'snapshot-failed';

const MESSAGES: Readonly<Record<Trouble, string>> = {
  'write-failed': '[metrics] cannot write; records wait, and the write is tried again',
  'rotation-failed': '[metrics] cannot rotate; the same file is written on',
  overflow: '[metrics] records are dropped: more wait for the disk than maxBufferedRecords',
  'snapshot-failed': '[metrics] no snapshot was recorded',
};

export class Complaints {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #path: string;
  readonly #told = new Map<Trouble, { atMs: number; sinceCount: number; isOver: boolean }>();

  constructor(log: Log, clock: Clock, path: string) {
    this.#log = log;
    this.#clock = clock;
    this.#path = path;
  }

  of(trouble: Trouble, fields: object): void {
    const nowMs = this.#clock.nowMs();
    const last = this.#told.get(trouble);
    if (last !== undefined && nowMs - last.atMs < COMPLAINT_INTERVAL_MS) {
      last.sinceCount += 1;
      return;
    }
    this.#told.set(trouble, { atMs: nowMs, sinceCount: 0, isOver: false });
    this.#log.warn(
      { path: this.#path, ...fields, unloggedCount: last?.sinceCount ?? 0 },
      MESSAGES[trouble],
    );
  }

  ofError(trouble: Trouble, error: unknown, fields: object = {}): void {
    this.of(trouble, {
      code: codeOf(error) ?? 'unknown',
      reason: toWireError(error).message,
      ...fields,
    });
  }

  /** Says that a trouble is over, where the log has it. */
  over(trouble: Trouble, message: string): void {
    const last = this.#told.get(trouble);
    if (last === undefined || last.isOver) return;
    last.isOver = true;
    this.#log.info({ path: this.#path }, message);
  }
}

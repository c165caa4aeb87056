/** What was said to a session's client of an end that is near, for the connection that comes later. */
import type { Clock, Notice } from '@tenantry/core';
import type { SessionNotice } from '@tenantry/core/client';

interface Kept {
  readonly notice: Notice;
  readonly atMs: number;
}

export class KeptNotices {
  readonly #clock: Clock;
  /** The latest of each reason. Made for the first one, as most sessions have none. */
  #kept: Map<Notice['reason'], Kept> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Answers it as it is said now. */
  add(notice: Notice): SessionNotice {
    const kept = { notice, atMs: this.#clock.nowMs() };
    (this.#kept ??= new Map()).set(notice.reason, kept);
    return this.#asOfNow(kept);
  }

  /** The silence that was told of is over. */
  messageCame(): void {
    this.#kept?.delete('idle');
  }

  asOfNow(): readonly SessionNotice[] {
    return [...(this.#kept?.values() ?? [])].map((kept) => this.#asOfNow(kept));
  }

  #asOfNow({ notice: { reason, leftMs, detail }, atMs }: Kept): SessionNotice {
    const sinceMs = this.#clock.nowMs() - atMs;
    const nowLeftMs = leftMs === null ? null : Math.max(0, Math.round(leftMs - sinceMs));
    return { reason, leftMs: nowLeftMs, detail };
  }
}

/** The latest ends of sessions, kept as they came; put into rows only when somebody asks. */
import { codeOf } from '../errors/errors.js';
import type { EndRow } from '../snapshot/figures.js';
import type { Outcome } from './outcome.js';

const MOST_KEPT = 50;

export class RecentEnds {
  readonly #outcomes: (Outcome | undefined)[] = Array.from({ length: MOST_KEPT });
  readonly #endedMs = new Float64Array(MOST_KEPT);
  #count = 0;

  add(outcome: Outcome, nowMs: number): void {
    const at = this.#count++ % MOST_KEPT;
    this.#outcomes[at] = outcome;
    this.#endedMs[at] = nowMs;
  }

  has(session: string): boolean {
    return this.#outcomes.some((outcome) => outcome?.session === session);
  }

  /** Newest first. */
  rows(nowMs: number): EndRow[] {
    const rows: EndRow[] = [];
    for (let back = 1; back <= Math.min(MOST_KEPT, this.#count); back += 1) {
      const at = (this.#count - back) % MOST_KEPT;
      rows.push(toRow(this.#outcomes[at]!, Math.max(0, nowMs - this.#endedMs[at]!)));
    }
    return rows;
  }
}

/** The error's message is the tenant's own and stays in the outcome; its code is ours to show. */
function toRow(outcome: Outcome, agoMs: number): EndRow {
  return {
    session: outcome.session,
    tenant: outcome.tenant,
    agent: outcome.agent,
    rung: outcome.isolation,
    reason: outcome.reason,
    status: outcome.status,
    code: codeOf(outcome.error) ?? null,
    agoMs,
    durationMs: outcome.durationMs,
    cpuMs: outcome.cpuMs,
    blockedMs: outcome.blockedMs,
  };
}

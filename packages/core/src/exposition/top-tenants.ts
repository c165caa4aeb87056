/**
 * Which tenants have time series of their own, and what those show: at most so many, and one that has
 * them keeps them until it has been quiet for long. All others share one row. What a series shows
 * never goes back: a tenant that comes in begins with what the shared row has not shown of it, and the
 * shared row goes on without what those who left have shown.
 */
import type { Counters } from './tenant-counters.js';

/** The row of everyone else; a tenant of this name has no series of its own. */
export const OTHER_TENANTS = 'other';
/** Longer than a chart's usual step and an alert's usual window. */
const QUIET_MS = 15 * 60_000;
/** As many as a pool remembers. */
const MOST_DEPARTED = 10_000;

export interface Candidate {
  readonly tenant: string;
  /** Sessions now. */
  readonly active: number;
  /** Sessions started and refused so far. */
  readonly activity: number;
  /** Confined, quarantined or refused by its breaker: whoever looks, looks for it. */
  readonly needsAttention: boolean;
}

interface Member {
  latest: Candidate;
  changedMs: number;
  readonly base: Record<string, number>;
  readonly shown: Record<string, number>;
  /** Counted in the shared row until now: its own begin at what they have come to. */
  isLate: boolean;
}

export class TopTenants {
  readonly #maxCount: number;
  readonly #members = new Map<string, Member>();
  /** Whether anyone may be counted in the shared row by now. */
  #isShared = false;
  readonly #departed = new Map<string, Counters>();
  readonly #departedSum: Record<string, number> = {};
  readonly #other: Record<string, number> = {};
  readonly #totals: Record<string, number> = {};

  constructor(maxCount: number) {
    this.#maxCount = maxCount;
  }

  /** Whether a tenant that needs no attention could come in. */
  isOpen(nowMs: number): boolean {
    return this.#members.size < this.#maxCount || this.#quiet(nowMs).length > 0;
  }

  has(tenant: string): boolean {
    return this.#members.has(tenant);
  }

  /**
   * Answers those with series of their own, in no order. Has to be told of every one that has, and of
   * all others that need attention; of the rest only while it `isOpen`.
   */
  choose(candidates: readonly Candidate[], nowMs: number): readonly string[] {
    const outsiders: Candidate[] = [];
    const present = new Set<string>();
    for (const candidate of candidates) {
      const member = this.#members.get(candidate.tenant);
      if (member === undefined) {
        if (candidate.tenant !== OTHER_TENANTS) outsiders.push(candidate);
        continue;
      }
      present.add(candidate.tenant);
      const { latest } = member;
      const isBusy = candidate.active > 0 || candidate.needsAttention;
      if (isBusy || candidate.activity !== latest.activity) member.changedMs = nowMs;
      member.latest = candidate;
    }
    for (const tenant of this.#members.keys()) if (!present.has(tenant)) this.#leave(tenant);
    this.#admit(outsiders, nowMs);
    this.#isShared ||= this.#members.size >= this.#maxCount;
    return [...this.#members.keys()];
  }

  /** What the series of a member show, given what has been counted for it. */
  shown(tenant: string, counters: Counters): Counters {
    const { base, shown, isLate } = this.#members.get(tenant)!;
    for (const [key, value] of Object.entries(counters)) {
      const before = shown[key] ?? 0;
      if (isLate && base[key] === undefined) base[key] = value - before;
      const now = value - (base[key] ?? 0);
      // Its books have begun anew since the last look.
      if (now < before) base[key] = value - before;
      shown[key] = Math.max(now, before);
    }
    this.#members.get(tenant)!.isLate = false;
    return shown;
  }

  /** What the shared row shows, given what has been counted for all; after `shown` of every member. */
  other(totals: Counters): Counters {
    for (const [key, total] of Object.entries(this.totals(totals))) {
      let rest = total - (this.#departedSum[key] ?? 0);
      for (const { shown } of this.#members.values()) rest -= shown[key] ?? 0;
      this.#other[key] = Math.max(this.#other[key] ?? 0, rest);
    }
    return this.#other;
  }

  /** Of the whole pool; a figure that has come out smaller stands still until it is passed. */
  totals(totals: Counters): Counters {
    const kept: Record<string, number> = {};
    for (const [key, value] of Object.entries(totals)) kept[key] = this.kept(key, value);
    return kept;
  }

  /** One figure of the whole pool, likewise. */
  kept(key: string, value: number): number {
    return (this.#totals[key] = Math.max(this.#totals[key] ?? 0, value));
  }

  #admit(outsiders: readonly Candidate[], nowMs: number): void {
    const isFull = this.#members.size >= this.#maxCount;
    const quiet = this.#quiet(nowMs);
    const wanting = outsiders.filter(
      ({ active, needsAttention }) => needsAttention || !isFull || (quiet.length > 0 && active > 0),
    );
    if (this.#maxCount === 0) return;
    for (const candidate of wanting.sort(byRank)) {
      if (this.#members.size >= this.#maxCount && !this.#makeRoom(candidate, quiet)) return;
      this.#join(candidate, nowMs);
    }
  }

  #quiet(nowMs: number): string[] {
    const quiet: string[] = [];
    for (const [tenant, { changedMs }] of this.#members) {
      if (nowMs - changedMs >= QUIET_MS) quiet.push(tenant);
    }
    return quiet;
  }

  /** The quiet leave first; for one that is looked for, also who has the fewest sessions. */
  #makeRoom({ needsAttention, active }: Candidate, quiet: string[]): boolean {
    const gone = needsAttention || active > 0 ? quiet.shift() : undefined;
    if (gone !== undefined) this.#leave(gone);
    if (gone !== undefined || !needsAttention) return gone !== undefined;
    const calm = [...this.#members.values()]
      .map(({ latest }) => latest)
      .filter((one) => !one.needsAttention);
    const least = calm.sort(byRank).at(-1);
    if (least !== undefined) this.#leave(least.tenant);
    return least !== undefined;
  }

  #join(candidate: Candidate, nowMs: number): void {
    const { tenant } = candidate;
    const before = this.#departed.get(tenant);
    if (before !== undefined) {
      this.#departed.delete(tenant);
      this.#addDeparted(before, -1);
    }
    this.#members.set(tenant, {
      latest: candidate,
      changedMs: nowMs,
      base: {},
      shown: { ...before },
      isLate: before !== undefined || this.#isShared,
    });
  }

  #leave(tenant: string): void {
    const { shown } = this.#members.get(tenant)!;
    this.#members.delete(tenant);
    this.#departed.set(tenant, shown);
    this.#addDeparted(shown, 1);
    if (this.#departed.size <= MOST_DEPARTED) return;
    // Its series would begin again at zero, as after a restart; its share of the sum stays taken off.
    this.#departed.delete(this.#departed.keys().next().value!);
  }

  #addDeparted(counters: Counters, sign: 1 | -1): void {
    for (const [key, value] of Object.entries(counters)) {
      this.#departedSum[key] = (this.#departedSum[key] ?? 0) + sign * value;
    }
  }
}

function byRank(a: Candidate, b: Candidate): number {
  return (
    Number(b.needsAttention) - Number(a.needsAttention) ||
    b.active - a.active ||
    b.activity - a.activity ||
    (a.tenant < b.tenant ? -1 : 1)
  );
}

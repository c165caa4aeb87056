/**
 * One tenant's offences: a score that halves every half-life, and the last of them as evidence. What
 * an offence is worth, and what a score leads to, is left to others.
 */
import { canBeSystemic, type Offence } from './offence.js';

/** Offences that are kept as evidence. */
export const MOST_EVIDENCE = 20;
/** What has decayed to less is no longer told as a part of the score. */
const LEAST_POINTS = 0.05;

export interface Entry {
  readonly offence: Offence;
  /** What it was worth when it happened. */
  readonly points: number;
  /** Whether it is a part of the score: it happened since the tenant was last moved. */
  readonly counts: boolean;
}

export class OffenceLedger {
  readonly #halfLifeMs: number;
  #entries: Entry[] = [];
  #score = 0;
  /** Of it, what no cause that is shared with others explains. */
  #ownScore = 0;
  /** The time at which both were right. */
  #scoredAtMs: number;

  constructor(halfLifeMs: number, nowMs: number) {
    this.#halfLifeMs = halfLifeMs;
    this.#scoredAtMs = nowMs;
  }

  /** Offences kept, the newest last. */
  get entries(): readonly Entry[] {
    return this.#entries;
  }

  get last(): Offence | null {
    return this.#entries.at(-1)?.offence ?? null;
  }

  /** Counts in full now: what is worth the threshold has to reach it, however late it is told. */
  add(offence: Offence, points: number, nowMs: number): void {
    this.#score = this.scoreAt(nowMs) + points;
    this.#ownScore = this.ownScoreAt(nowMs) + (canBeSystemic(offence) ? 0 : points);
    this.#scoredAtMs = nowMs;
    this.#entries.push({ offence, points, counts: points > 0 });
    if (this.#entries.length > MOST_EVIDENCE) this.#entries.shift();
  }

  scoreAt(nowMs: number): number {
    return this.#score * this.#remaining(nowMs - this.#scoredAtMs);
  }

  /** What is left of the score without offences that can be the fault of a shared dependency. */
  ownScoreAt(nowMs: number): number {
    return this.#ownScore * this.#remaining(nowMs - this.#scoredAtMs);
  }

  /** What the score is made of, oldest first; what has decayed to nothing is left out. */
  standingAt(nowMs: number): Offence[] {
    return this.#entries
      .filter(
        ({ offence, points, counts }) =>
          counts && points * this.#remaining(nowMs - offence.atMs) >= LEAST_POINTS,
      )
      .map(({ offence }) => offence);
  }

  /** The tenant was moved: what it does there is judged anew. The evidence stays. */
  resetScore(): void {
    this.#score = 0;
    this.#ownScore = 0;
    this.#entries = this.#entries.map((entry) => ({ ...entry, counts: false }));
  }

  clear(): void {
    this.#score = 0;
    this.#ownScore = 0;
    this.#entries = [];
  }

  /** Takes over what was saved; the scores are those of `nowMs`. */
  restore(score: number, ownScore: number, entries: readonly Entry[], nowMs: number): void {
    this.#score = score;
    this.#ownScore = ownScore;
    this.#scoredAtMs = nowMs;
    this.#entries = entries.slice(-MOST_EVIDENCE);
  }

  /** The share that is left of what happened so long ago. */
  #remaining(agoMs: number): number {
    return 0.5 ** (Math.max(0, agoMs) / this.#halfLifeMs);
  }
}

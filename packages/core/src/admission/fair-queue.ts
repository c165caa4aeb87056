/**
 * In which order those who wait get what becomes free: start-time fair queuing by weight, so that a
 * tenant with a thousand waiting delays nobody else's one. P. Goyal, H. M. Vin, H. Cheng: "Start-time
 * Fair Queuing", SIGCOMM 1996: the next is the one with the smallest start tag; a start tag is the
 * virtual time of arrival, or the finish tag of the one before it in its line if that is later; a
 * finish tag is one session ÷ weight behind the start tag; virtual time is the start tag of whoever
 * was served last. Promises, deadlines and permits are left to `waiting-room.ts`.
 */
import { z } from 'zod';

/** Opens wait for a full pool instead of being refused. */
export const FairQueueOptions = z.strictObject({
  /** Most opens that wait, over all tenants. */
  maxWaiting: z.int().min(1).max(100_000).default(1_000),
  /** Most of one tenant. */
  maxWaitingPerTenant: z.int().min(1).max(100_000).default(100),
  /** How long an open waits before it is refused. */
  maxWaitMs: z.number().min(1).max(3_600_000).default(5_000),
});
export type FairQueueOptions = Readonly<z.output<typeof FairQueueOptions>>;

/** One that waits. */
export interface Queued {
  /** Whose line it stands in. */
  readonly line: string;
  /** Twice the weight, twice the share. */
  readonly weight: number;
  readonly sinceMs: number;
}

interface Place<T> {
  readonly queued: T;
  readonly arrivalTag: number;
  readonly order: number;
}

interface Line<T> {
  /** Oldest first. */
  readonly places: Place<T>[];
  /** Of the one served last. Who leaves unserved moves no tag. */
  finishTag: number;
}

export class FairQueue<T extends Queued> {
  readonly #lines = new Map<string, Line<T>>();
  #waitingCount = 0;
  #virtualTime = 0;
  #arrivals = 0;

  get waitingCount(): number {
    return this.#waitingCount;
  }

  waitingIn(line: string): number {
    return this.#lines.get(line)?.places.length ?? 0;
  }

  /** Since when the oldest of a line waits. */
  oldestSinceMs(line: string): number | null {
    return this.#lines.get(line)?.places[0]?.queued.sinceMs ?? null;
  }

  join(queued: T): void {
    let line = this.#lines.get(queued.line);
    if (line === undefined) {
      line = { places: [], finishTag: 0 };
      this.#lines.set(queued.line, line);
    }
    this.#arrivals += 1;
    line.places.push({ queued, arrivalTag: this.#virtualTime, order: this.#arrivals });
    this.#waitingCount += 1;
  }

  /** Leaves without being served; harmless for one that does not wait. */
  leave(queued: T): void {
    const line = this.#lines.get(queued.line);
    const index = line?.places.findIndex((place) => place.queued === queued) ?? -1;
    if (index >= 0) this.#remove(line!, index);
  }

  /**
   * Who is next among those that can start; it stays in its place until `serve` or `leave`. The time
   * this takes grows with the tenants that wait.
   */
  next(canStart: (queued: T) => boolean): T | undefined {
    let first: Place<T> | undefined;
    let firstTag = 0;
    for (const [id, line] of this.#lines) {
      if (line.places.length === 0) {
        // Nothing that comes would start later than now because of it.
        if (line.finishTag <= this.#virtualTime) this.#lines.delete(id);
        continue;
      }
      const place = line.places.find(({ queued }) => canStart(queued));
      if (place === undefined) continue;
      const tag = Math.max(place.arrivalTag, line.finishTag);
      if (first === undefined || tag < firstTag || (tag === firstTag && place.order < first.order))
        [first, firstTag] = [place, tag];
    }
    return first?.queued;
  }

  serve(queued: T): void {
    const line = this.#lines.get(queued.line)!;
    const index = line.places.findIndex((place) => place.queued === queued);
    const startTag = Math.max(line.places[index]!.arrivalTag, line.finishTag);
    this.#virtualTime = Math.max(this.#virtualTime, startTag);
    line.finishTag = startTag + 1 / queued.weight;
    this.#remove(line, index);
  }

  /** Everyone, in no order; they stay. */
  all(): T[] {
    return [...this.#lines.values()].flatMap(({ places }) => places.map(({ queued }) => queued));
  }

  #remove(line: Line<T>, index: number): void {
    line.places.splice(index, 1);
    this.#waitingCount -= 1;
    // The end of a busy period: what was owed is forgotten, and numbers stay small.
    if (this.#waitingCount > 0) return;
    this.#lines.clear();
    this.#virtualTime = 0;
  }
}

/**
 * Records that wait for the disk, oldest first, no more than so many. One that finds no room is
 * counted in a gap, which waits in its place among the others. Writing is left to `metrics-writer.ts`.
 */
import { Gap } from './gap.js';
import type { Unwritten } from './metrics-record.js';

export class RecordQueue {
  readonly #maxCount: number;
  #waiting: (Unwritten | Gap)[] = [];
  /** How many of them, from the front, are being written: a gap among these is closed. */
  #takenCount = 0;
  #recordCount = 0;
  #snapshotCount = 0;

  constructor(maxCount: number) {
    this.#maxCount = maxCount;
  }

  /** Records and gaps: each becomes a line. */
  get lineCount(): number {
    return this.#waiting.length;
  }

  get recordCount(): number {
    return this.#recordCount;
  }

  get hasSnapshot(): boolean {
    return this.#snapshotCount > 0;
  }

  /** Records that were dropped and of which no line says so yet. */
  get untoldCount(): number {
    let sum = 0;
    for (const item of this.#waiting) if (item instanceof Gap) sum += item.droppedCount;
    return sum;
  }

  /** False where there is no room; it is counted then. */
  offer(record: Unwritten): boolean {
    if (this.#recordCount >= this.#maxCount) {
      this.drop(record);
      return false;
    }
    this.#waiting.push(record);
    this.#count(record, 1);
    return true;
  }

  /** Counts a record that is not written. */
  drop(record: Unwritten): void {
    const last = this.#waiting.at(-1);
    if (last instanceof Gap && this.#waiting.length > this.#takenCount) last.add(record);
    else this.#waiting.push(new Gap(record));
  }

  /** The line at `index` as a record, `sinceSeq` being the one before it. */
  at(index: number, sinceSeq: number): Unwritten {
    const item = this.#waiting[index]!;
    return item instanceof Gap ? item.toRecord(sinceSeq) : item;
  }

  /** Gives up a record that cannot be written at all; a gap stands in its place. */
  giveUp(index: number): void {
    const item = this.#waiting[index]!;
    if (item instanceof Gap) return;
    this.#waiting[index] = new Gap(item);
    this.#count(item, -1);
  }

  /** The first `lineCount` lines are being written. */
  take(lineCount: number): void {
    this.#takenCount = lineCount;
  }

  /** So many of them have been; the others wait again. */
  settle(writtenCount: number): void {
    this.#takenCount = 0;
    for (const item of this.#waiting.splice(0, writtenCount)) {
      if (!(item instanceof Gap)) this.#count(item, -1);
    }
    // A gap that opened while the one before it was being written, in vain: they are one again.
    const [earlier, last] = this.#waiting.slice(-2);
    if (earlier instanceof Gap && last instanceof Gap) {
      last.absorb(earlier);
      this.#waiting.splice(-2, 1);
    }
  }

  #count(record: Unwritten, by: 1 | -1): void {
    this.#recordCount += by;
    if (record.kind === 'snapshot') this.#snapshotCount += by;
  }
}

/**
 * How much turns allocate, by the growth of heap and external memory over some of them. Whose turns they
 * are is left to the turn clock.
 */
import v8 from 'node:v8';

/**
 * A slot has one turn measured in so long, which stands for all of its turns since the last one: what
 * allocates most may have a turn now and then, among others that have thousands and allocate little.
 */
const SLOT_INTERVAL_MS = 45;
/** Most turns measured between two beats of 20 ms, over all slots: some 0.1 % of a core. */
const MOST_PER_BEAT = 20;

export class HeapSampler {
  readonly #emptyBytes = emptySampleBytes();
  /** Of each slot: when it was measured last, and its turns since then. */
  #measuredMs = new Float64Array(64).fill(Number.NEGATIVE_INFINITY);
  #turnCounts = new Float64Array(64);
  #countInBeat = 0;
  /** Negative while no turn is measured. */
  #startBytes = -1;

  /**
   * A turn ends and one of `slot` begins. By how much the first stands for growth of the heap; 0 where it
   * was not measured. Slot 0 is nobody's.
   */
  switched(before: number, slot: number, nowMs: number): number {
    const grownBytes = this.#startBytes < 0 ? 0 : this.#end(before);
    if (slot === 0) return grownBytes;
    if (slot >= this.#turnCounts.length) this.#grow(slot);
    this.#turnCounts[slot]! += 1;
    const isDue = nowMs - this.#measuredMs[slot]! >= SLOT_INTERVAL_MS;
    if (!isDue || this.#countInBeat >= MOST_PER_BEAT) return grownBytes;
    this.#countInBeat += 1;
    this.#measuredMs[slot] = nowMs;
    this.#startBytes = heapBytes();
    return grownBytes;
  }

  beat(): void {
    this.#countInBeat = 0;
  }

  #end(slot: number): number {
    const grownBytes = heapBytes() - this.#startBytes - this.#emptyBytes;
    const turnCount = this.#turnCounts[slot]!;
    this.#startBytes = -1;
    this.#turnCounts[slot] = 0;
    // A heap that shrank was collected meanwhile: nothing can be said of this turn.
    return Math.max(0, grownBytes) * turnCount;
  }

  #grow(slot: number): void {
    const length = Math.max(slot + 1, 2 * this.#turnCounts.length);
    const measuredMs = new Float64Array(length).fill(Number.NEGATIVE_INFINITY);
    measuredMs.set(this.#measuredMs);
    this.#measuredMs = measuredMs;
    const turnCounts = new Float64Array(length);
    turnCounts.set(this.#turnCounts);
    this.#turnCounts = turnCounts;
  }
}

export function heapBytes(): number {
  const { used_heap_size, external_memory } = v8.getHeapStatistics();
  return used_heap_size + external_memory;
}

/** What asking for the heap's size adds to it. */
function emptySampleBytes(): number {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 20; round += 1) {
    const startBytes = heapBytes();
    const grownBytes = heapBytes() - startBytes;
    if (grownBytes >= 0) least = Math.min(least, grownBytes);
  }
  return Number.isFinite(least) ? least : 0;
}

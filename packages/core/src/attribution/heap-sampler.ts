/**
 * How much turns allocate, by the growth of heap and external memory over some of them. Whose turns they
 * are is left to the turn clock.
 */
import v8 from 'node:v8';

/**
 * One in so many turns is measured; none but primes, so that it follows no rhythm of theirs. On a loop of
 * few turns each one counts: what allocates most may have a turn now and then.
 */
const MEASURED_OF = [1, 2, 3, 5, 7, 11, 13, 17, 23, 31, 43, 61] as const;
/** How many are measured between two beats. */
const MEASURED_PER_BEAT = 4;

export class HeapSampler {
  readonly #emptyBytes = emptySampleBytes();
  #every: number = MEASURED_OF[0];
  #untilNext = 1;
  /** How many turns the measured one stands for. */
  #scale = 1;
  /** Negative while none is measured. */
  #startBytes = -1;

  /** A turn ends and another begins. By how much the first stands for growth; 0 where it was not measured. */
  switched(): number {
    const grownBytes = this.#startBytes < 0 ? 0 : this.#end();
    this.#untilNext -= 1;
    if (this.#untilNext > 0) return grownBytes;
    this.#untilNext = this.#every;
    this.#scale = this.#every;
    this.#startBytes = heapBytes();
    return grownBytes;
  }

  /** So many turns were there since the last beat. */
  beat(turnCount: number): void {
    const wanted = turnCount / MEASURED_PER_BEAT;
    this.#every = MEASURED_OF.find((each) => each >= wanted) ?? MEASURED_OF.at(-1)!;
  }

  #end(): number {
    const grownBytes = heapBytes() - this.#startBytes - this.#emptyBytes;
    this.#startBytes = -1;
    // A heap that shrank was collected meanwhile: nothing can be said of this turn.
    return Math.max(0, grownBytes) * this.#scale;
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

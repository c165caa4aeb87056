/**
 * How everything here is timed: contenders take turns, several rounds, and the median of each counts,
 * so that whatever else runs on the machine slows all of them alike.
 */

/** Something that can be done `count` times; the harness times how long that takes. */
export interface Contender {
  readonly name: string;
  readonly run: (count: number) => Promise<void>;
}

export interface RoundRules {
  readonly rounds: number;
  /** About how long one contender runs in one round. */
  readonly roundMs: number;
}

export const RATE_ROUNDS: RoundRules = { rounds: 7, roundMs: 400 };

/** Times per second of each contender: the median over the rounds. */
export async function measureRates(
  contenders: readonly Contender[],
  { rounds, roundMs }: RoundRules,
): Promise<Map<string, number>> {
  const counts = new Map<Contender, number>();
  for (const contender of contenders) counts.set(contender, await calibrate(contender, roundMs));
  return interleave(
    contenders.map((contender) => {
      const count = counts.get(contender)!;
      return {
        name: contender.name,
        measure: async () => (count * 1_000) / (await timeMs(() => contender.run(count))),
      };
    }),
    rounds,
  );
}

/** One figure measured once; what is measured is up to `measure`. */
export interface Measurement {
  readonly name: string;
  readonly measure: () => Promise<number>;
}

/** Every measurement once a round, one after the other; the median of each. */
export async function interleave(
  measurements: readonly Measurement[],
  rounds: number,
): Promise<Map<string, number>> {
  const samples = new Map<string, number[]>(measurements.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, measure } of measurements) samples.get(name)!.push(await measure());
  }
  return new Map([...samples].map(([name, values]) => [name, median(values)]));
}

export async function timeMs(run: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await run();
  return performance.now() - startMs;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Runs until it is warm, and answers how many times fill a round. */
async function calibrate(contender: Contender, roundMs: number): Promise<number> {
  let count = 100;
  for (;;) {
    const tookMs = await timeMs(() => contender.run(count));
    if (tookMs >= roundMs / 2) return Math.ceil((count * roundMs) / tookMs);
    count = Math.ceil(count * Math.min(10, roundMs / Math.max(1, tookMs)));
  }
}

/** Calls `once` so many times with so many under way at any moment. */
export async function inFlight(
  count: number,
  width: number,
  once: () => Promise<unknown>,
): Promise<void> {
  let left = count;
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await once();
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, count) }, lane));
}

/** Resolves when `holds` does; rejects when that takes longer than anything measured here may. */
export async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const deadlineMs = performance.now() + 30_000;
  while (!(await holds())) {
    if (performance.now() > deadlineMs) throw new Error(`waited 30 s for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

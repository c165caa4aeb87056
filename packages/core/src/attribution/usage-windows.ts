/**
 * What each of many owners has used, in total, over the last second and over the last minute. Rows of
 * numbers in one table, because a thousand owners are looked at twice a second on the loop that they
 * run on. Who the owners are is left to the turn clock.
 */
import type { Usage } from '../snapshot/report.js';

/** How often `tick` is called. */
export const TICK_MS = 500;

/** The last second is the time since the tick before the last one: 1.0 to 1.5 s with the present. */
const NOW_TICKS = 3;
/** The last minute is kept in steps of five seconds: 55 to 60 s. */
const STEP_TICKS = 10;
const STEPS = 12;

const TOTAL = 0;
const BYTES = 1;
const START = 2;
const NOW_TOTAL = 3;
const NOW_BYTES = NOW_TOTAL + NOW_TICKS;
const STEP_TOTAL = NOW_BYTES + NOW_TICKS;
const WIDTH = STEP_TOTAL + STEPS;

export class UsageWindows {
  #table = new Float64Array(WIDTH * 16);
  readonly #tickAtMs = new Float64Array(NOW_TICKS);
  readonly #stepAtMs = new Float64Array(STEPS);
  #ticks = 0;
  #steps = 0;
  #rowCount = 0;

  constructor(nowMs: number) {
    this.#tickAtMs.fill(nowMs);
    this.#stepAtMs.fill(nowMs);
  }

  /** Row numbers are the caller's; one that is used again starts from zero. */
  begin(row: number, nowMs: number): void {
    while ((row + 1) * WIDTH > this.#table.length) {
      const larger = new Float64Array(this.#table.length * 2);
      larger.set(this.#table);
      this.#table = larger;
    }
    this.#table.fill(0, row * WIDTH, (row + 1) * WIDTH);
    this.#table[row * WIDTH + START] = nowMs;
    this.#rowCount = Math.max(this.#rowCount, row + 1);
  }

  add(row: number, ms: number, bytes: number): void {
    this.#table[row * WIDTH + TOTAL]! += ms;
    this.#table[row * WIDTH + BYTES]! += bytes;
  }

  totalMs(row: number): number {
    return this.#table[row * WIDTH + TOTAL]!;
  }

  /** Remembers where every row stands; called every TICK_MS. */
  tick(nowMs: number): void {
    const tick = this.#ticks++ % NOW_TICKS;
    const isStep = this.#ticks % STEP_TICKS === 0;
    const step = isStep ? this.#steps++ % STEPS : 0;
    this.#tickAtMs[tick] = nowMs;
    if (isStep) this.#stepAtMs[step] = nowMs;
    const table = this.#table;
    for (let at = 0; at < this.#rowCount * WIDTH; at += WIDTH) {
      table[at + NOW_TOTAL + tick] = table[at + TOTAL]!;
      table[at + NOW_BYTES + tick] = table[at + BYTES]!;
      if (isStep) table[at + STEP_TOTAL + step] = table[at + TOTAL]!;
    }
  }

  /** Of all rows but those, together. */
  usageBut(rows: ReadonlySet<number>, nowMs: number): Usage {
    const sum = { nowRatio: 0, minuteRatio: 0, totalMs: 0, allocatedBytesPerS: 0 };
    for (let row = 0; row < this.#rowCount; row += 1) {
      if (rows.has(row)) continue;
      const { nowRatio, minuteRatio, totalMs, allocatedBytesPerS } = this.usage(row, nowMs);
      sum.nowRatio += nowRatio;
      sum.minuteRatio += minuteRatio;
      sum.totalMs += totalMs;
      sum.allocatedBytesPerS += allocatedBytesPerS;
    }
    return sum;
  }

  usage(row: number, nowMs: number): Usage {
    const at = row * WIDTH;
    const table = this.#table;
    // The oldest of the kept ticks is the one that the next tick overwrites.
    const tick = this.#ticks % NOW_TICKS;
    const step = this.#steps % STEPS;
    const totalMs = table[at + TOTAL]!;
    const startMs = table[at + START]!;
    const nowSpanMs = nowMs - Math.max(this.#tickAtMs[tick]!, startMs);
    const minuteSpanMs = nowMs - Math.max(this.#stepAtMs[step]!, startMs);
    return {
      nowRatio: ratio(totalMs - table[at + NOW_TOTAL + tick]!, nowSpanMs),
      minuteRatio: ratio(totalMs - table[at + STEP_TOTAL + step]!, minuteSpanMs),
      totalMs,
      allocatedBytesPerS:
        ratio(table[at + BYTES]! - table[at + NOW_BYTES + tick]!, nowSpanMs) * 1_000,
    };
  }
}

/** Who has just begun has no rate yet: a first turn of 2 ms in a span of 1 is not two cores. */
const SHORTEST_SPAN_MS = 250;

function ratio(part: number, spanMs: number): number {
  return Math.max(0, part / Math.max(spanMs, SHORTEST_SPAN_MS));
}

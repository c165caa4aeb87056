/** Pure: facts and measurements as lines of the story. */
import type { Act } from './acts.js';
import type { Fact } from './fact.js';
import { CALLS } from './neighbours.js';

export interface Latencies {
  readonly beforeMs: number | null;
  readonly duringMs: number | null;
  readonly afterMs: number | null;
}

const MS_PER_S = 1_000;

const whole = (ms: number): string => Math.round(ms).toLocaleString('en-US');
const ms = (value: number | null): string =>
  value === null ? 'unknown' : `${value < 10 ? value.toFixed(1) : whole(value)} ms`;

/** Every line of an act: seconds since the story began, a word, the rest. */
export function line(sinceMs: number, word: string, rest: string): string {
  const seconds = (sinceMs / MS_PER_S).toFixed(1).padStart(6);
  return `${seconds} s  ${word.padEnd(10)}  ${rest}`;
}

/** `firstBadMs`: when the first session with the act's mistake was asked for. */
export function factText(act: Act, fact: Fact, firstBadMs: number): string {
  switch (fact.kind) {
    case 'detected': {
      const session = fact.session === null ? '' : `, session ${fact.session}`;
      const place = fact.place === null ? '' : `, at ${fact.place}`;
      return `tenant ${act.tenant}${session}, ${fact.what}${place}`;
    }
    case 'confined':
      return (
        `${act.tenant}: ${fact.from} → ${fact.to}, ` +
        `${whole(fact.atMs - firstBadMs)} ms after its first bad session: ${fact.why}`
      );
    default:
      return `${act.tenant}: ${fact.how}`;
  }
}

export function neighboursText(
  { beforeMs, duringMs, afterMs }: Latencies,
  failures: readonly string[],
): string {
  return (
    `p99 of a frame ${ms(beforeMs)} before, ${ms(duringMs)} until confined, ${ms(afterMs)} after; ` +
    `${failures.length} of ${CALLS} calls failed`
  );
}

/** Pure: facts and measurements as lines of the story. */
import type { Act } from './acts.js';
import type { Fact } from './fact.js';
import { CALLS, HEALTHY_TENANTS } from './neighbours.js';
import { TIMES } from './pool.js';

export interface Latencies {
  readonly beforeMs: number | null;
  readonly duringMs: number | null;
  readonly afterMs: number | null;
}

const MS_PER_S = 1_000;

const whole = (ms: number): string => Math.round(ms).toLocaleString('en-US');
const ms = (value: number | null): string =>
  value === null ? 'unknown' : `${value < 10 ? value.toFixed(1) : whole(value)} ms`;

const seconds = (value: number): string => `${value / MS_PER_S} s`;

export function beginning(): string {
  const { confinementMs, probationMs, cooldownMs } = TIMES;
  return (
    `${CALLS} calls of ${HEALTHY_TENANTS.join(', ')} share a loop; four tenants are going to misbehave.\n` +
    `Times are short, so that the story is: ${seconds(confinementMs)} of confinement, ` +
    `${seconds(probationMs)} of probation, ${seconds(cooldownMs)} of an open breaker.`
  );
}

/** Every line of an act: seconds since the story began, a word, the rest. */
export function line(sinceMs: number, word: string, rest: string): string {
  const at = (sinceMs / MS_PER_S).toFixed(1).padStart(6);
  return `${at} s  ${word.padEnd(10)}  ${rest}`;
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
    case 'moved':
      return (
        `session ${fact.session} of ${act.tenant} went on from ${fact.from} to ${fact.to}, ` +
        `and stood still for ${ms(fact.gapMs)}`
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

/**
 * Burns CPU in turns of 0.2 to 30 ms until its average is its share of a core, and counts what it has
 * burnt: the length of each turn, less what it was kept waiting for a core as far as Linux says. What
 * Linux does not say, such as a freeze of the whole container, shows as a turn whose rounds of
 * arithmetic took much longer than those of others: it counts as its rounds' usual time.
 */
import { defineAgent, type Session } from '@tenantry/core';
import { median } from '../harness.js';
import { work } from '../overhead/wheel.js';
import { ownTimes } from '../own-times.js';
import { mulberry32 } from '../blame/plan.js';

export interface BurnerInput {
  /** Of one core. */
  readonly share: number;
  readonly seed: number;
}

/** `burn` starts it, `stop` ends it; only `stop` is answered, with this. */
export interface Burnt {
  readonly burntMs: number;
  /** The same by the thread's CPU clock, null where Node has none. */
  readonly clockMs: number | null;
  /** What its burns were kept waiting for a core. */
  readonly waitedMs: number;
  readonly turns: number;
}

const SHORTEST_MS = 0.2;
const LONGEST_MS = 30;
/** Slower than the median turn by more than this is no work. */
const SLOWEST_RATIO = 1.25;
/** So many rounds a call, so that every turn runs the same compiled code. */
const PART_ROUNDS = 1_000;
/** To measure a turn is part of it; what took longer than this was kept waiting. */
const MOST_AROUND_MS = 0.2;
const US_PER_MS = 1_000;

export default defineAgent({
  name: 'burner',
  async run(session: Session<BurnerInput, unknown, 'burn' | 'stop', Burnt>) {
    const roundsPerMs = calibrate();
    let isBurning = false;
    let burning: Promise<Burnt> | undefined;
    for await (const message of session.messages) {
      if (message === 'burn') {
        isBurning = true;
        burning = burn(session.input, roundsPerMs, () => isBurning);
        continue;
      }
      isBurning = false;
      if (burning !== undefined) await session.send(await burning);
    }
  },
});

async function burn(
  { share, seed }: BurnerInput,
  roundsPerMs: number,
  goesOn: () => boolean,
): Promise<Burnt> {
  const random = mulberry32(seed);
  const startMs = performance.now();
  const done: { readonly rounds: number; readonly tookMs: number }[] = [];
  let rounds = 0;
  let aroundMs = 0;
  let clockMs = 0;
  let waitedMs = 0;
  while (goesOn()) {
    const turnStartMs = performance.now();
    const lengthMs = SHORTEST_MS * (LONGEST_MS / SHORTEST_MS) ** random();
    const turnRounds = Math.round(lengthMs * roundsPerMs);
    const clockBeforeMs = threadCpuMs() ?? 0;
    const waitedBeforeMs = ownTimes().waitedMs;
    const workStartMs = performance.now();
    workInParts(turnRounds);
    const heldMs = performance.now() - workStartMs;
    const waitedMeanwhileMs = ownTimes().waitedMs - waitedBeforeMs;
    clockMs += (threadCpuMs() ?? 0) - clockBeforeMs;
    waitedMs += waitedMeanwhileMs;
    rounds += turnRounds;
    done.push({ rounds: turnRounds, tookMs: heldMs - waitedMeanwhileMs });
    const aheadMs = rounds / roundsPerMs / share - (performance.now() - startMs);
    aroundMs += Math.min(MOST_AROUND_MS, performance.now() - turnStartMs - heldMs);
    await new Promise((resolve) => setTimeout(resolve, Math.max(1, aheadMs)));
  }
  return {
    burntMs: sumWithoutFreezes(done) + aroundMs,
    clockMs: threadCpuMs() === null ? null : clockMs,
    waitedMs,
    turns: done.length,
  };
}

function sumWithoutFreezes(
  done: readonly { readonly rounds: number; readonly tookMs: number }[],
): number {
  const usualMs = median(done.map(({ rounds, tookMs }) => tookMs / rounds));
  return done.reduce(
    (sumMs, { rounds, tookMs }) =>
      sumMs + (tookMs > rounds * usualMs * SLOWEST_RATIO ? rounds * usualMs : tookMs),
    0,
  );
}

function workInParts(rounds: number): void {
  for (let left = rounds; left > 0; left -= PART_ROUNDS) {
    if (work(Math.min(left, PART_ROUNDS)) < 0) throw new Error('nothing was burnt');
  }
}

/** When it has been compiled for good; before the figures are first taken. */
function calibrate(): number {
  const ROUNDS = 200_000;
  const lengthsMs = Array.from({ length: 100 }, () => {
    const startMs = performance.now();
    workInParts(ROUNDS);
    return performance.now() - startMs;
  });
  return ROUNDS / median(lengthsMs.slice(-9));
}

/** Node 22.19, 24 and later. */
function threadCpuMs(): number | null {
  const { threadCpuUsage } = process as { threadCpuUsage?: () => NodeJS.CpuUsage };
  if (threadCpuUsage === undefined) return null;
  const { user, system } = threadCpuUsage.call(process);
  return (user + system) / US_PER_MS;
}

/**
 * Burns CPU in turns of 0.2 to 30 ms until its average is its share of a core, and counts what it has
 * burnt: rounds of arithmetic, times the median of what a round took in each turn. What a turn was kept
 * waiting for a core is taken off that before, as far as Linux says; what it does not say, such as
 * a freeze of the whole container, makes an outlier that the median is not moved by.
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
const US_PER_MS = 1_000;

export default defineAgent({
  name: 'burner',
  async run(session: Session<BurnerInput, unknown, 'burn' | 'stop', Burnt>) {
    let isBurning = false;
    let burning: Promise<Burnt> | undefined;
    for await (const message of session.messages) {
      if (message === 'burn') {
        isBurning = true;
        burning = burn(session.input, () => isBurning);
        continue;
      }
      isBurning = false;
      if (burning !== undefined) await session.send(await burning);
    }
  },
});

async function burn({ share, seed }: BurnerInput, goesOn: () => boolean): Promise<Burnt> {
  const random = mulberry32(seed);
  const roundsPerMs = calibrate();
  const startMs = performance.now();
  const roundMs: number[] = [];
  let rounds = 0;
  let clockMs = 0;
  let waitedMs = 0;
  while (goesOn()) {
    const lengthMs = SHORTEST_MS * (LONGEST_MS / SHORTEST_MS) ** random();
    const turnRounds = Math.round(lengthMs * roundsPerMs);
    const clockBeforeMs = threadCpuMs() ?? 0;
    const waitedBeforeMs = ownTimes().waitedMs;
    const turnStartMs = performance.now();
    if (work(turnRounds) < 0) throw new Error('nothing was burnt');
    const heldMs = performance.now() - turnStartMs;
    const waitedMeanwhileMs = ownTimes().waitedMs - waitedBeforeMs;
    clockMs += (threadCpuMs() ?? 0) - clockBeforeMs;
    waitedMs += waitedMeanwhileMs;
    rounds += turnRounds;
    roundMs.push((heldMs - waitedMeanwhileMs) / turnRounds);
    const aheadMs = rounds / roundsPerMs / share - (performance.now() - startMs);
    await new Promise((resolve) => setTimeout(resolve, Math.max(1, aheadMs)));
  }
  return {
    burntMs: rounds * median(roundMs),
    clockMs: threadCpuMs() === null ? null : clockMs,
    waitedMs,
    turns: roundMs.length,
  };
}

/** Part of the session's turns as well, and 0.1 % of what it burns. */
function calibrate(): number {
  const ROUNDS = 20_000;
  const lengthsMs = Array.from({ length: 9 }, () => {
    const startMs = performance.now();
    if (work(ROUNDS) < 0) throw new Error('nothing was burnt');
    return performance.now() - startMs;
  });
  return ROUNDS / median(lengthsMs);
}

/** Node 22.19, 24 and later. */
function threadCpuMs(): number | null {
  const { threadCpuUsage } = process as { threadCpuUsage?: () => NodeJS.CpuUsage };
  if (threadCpuUsage === undefined) return null;
  const { user, system } = threadCpuUsage.call(process);
  return (user + system) / US_PER_MS;
}

/**
 * Burns CPU in turns of 0.2 to 30 ms until its average is its share of a core, and counts what it has
 * burnt: the time of its burns, less what its thread was kept waiting for a core meanwhile.
 */
import { defineAgent, type Session } from '@tenantry/core';
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
  const startMs = performance.now();
  let burntMs = 0;
  let clockMs = 0;
  let waitedMs = 0;
  let turns = 0;
  while (goesOn()) {
    const lengthMs = SHORTEST_MS * (LONGEST_MS / SHORTEST_MS) ** random();
    const clockBeforeMs = threadCpuMs() ?? 0;
    const turnStartMs = performance.now();
    const waitedBeforeMs = ownTimes().waitedMs;
    spin(turnStartMs + lengthMs);
    const waitedMeanwhileMs = ownTimes().waitedMs - waitedBeforeMs;
    burntMs += performance.now() - turnStartMs - waitedMeanwhileMs;
    waitedMs += waitedMeanwhileMs;
    clockMs += (threadCpuMs() ?? 0) - clockBeforeMs;
    turns += 1;
    const aheadMs = burntMs / share - (performance.now() - startMs);
    await new Promise((resolve) => setTimeout(resolve, Math.max(1, aheadMs)));
  }
  return { burntMs, clockMs: threadCpuMs() === null ? null : clockMs, waitedMs, turns };
}

function spin(untilMs: number): number {
  let sum = 0;
  while (performance.now() < untilMs) sum += Math.sqrt(sum + 1);
  return sum;
}

/** Node 22.19, 24 and later. */
function threadCpuMs(): number | null {
  const { threadCpuUsage } = process as { threadCpuUsage?: () => NodeJS.CpuUsage };
  if (threadCpuUsage === undefined) return null;
  const { user, system } = threadCpuUsage.call(process);
  return (user + system) / US_PER_MS;
}

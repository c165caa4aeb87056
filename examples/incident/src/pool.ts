/** The pool of the story: what confines whom, with times short enough to watch. */
import { AgentPool, type Observer } from '@tenantry/core';
import { isolates } from '@tenantry/isolation';

export const TIMES = {
  confinementMs: 4_000,
  probationMs: 3_000,
  cooldownMs: 3_000,
} as const;

const RATE_LIMIT = { sessionsPerSecond: 20, burst: 20 } as const;

/**
 * A pool with the agents of this folder, started.
 * @param stateDir where its audit trail goes, which `explain` reads
 */
export async function createPool(observer: Observer, stateDir: string): Promise<AgentPool> {
  const { confinementMs, probationMs, cooldownMs } = TIMES;
  const pool = new AgentPool({
    isolates,
    name: 'incident',
    stateDir,
    observers: [observer],
    isolateOptions: { spareIsolates: 1 },
    escalation: {
      enforce: true,
      confinementMs,
      probationMs,
      // Few sessions in few seconds: a tenth of them might be none.
      canaryRatio: 0.5,
      // Of seven tenants four misbehave within half a minute: by default one may be moved at a time.
      maxEjectedRatio: 0.6,
      // Half of the default: what leaks here until the confinement stays in this process for good.
      hogs: { growthMbPerS: 10 },
    },
    circuitBreaker: { enforce: true, cooldownMs },
    tenants: {
      // Where a leak ends that goes on in a process of its own.
      umbrella: { memoryLimitMb: 512 },
      stark: { rateLimit: RATE_LIMIT },
    },
  });
  await pool.discover(new URL('./agents', import.meta.url));
  await pool.start();
  return pool;
}

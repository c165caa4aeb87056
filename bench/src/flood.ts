/**
 * How long tenants wait for a full pool, with and without one that floods it. Eight tenants keep four
 * sessions of 5 ms each under way, on 16 places: they wait for each other also when they are alone.
 */
import pauses from './agents/pauses.js';
import { median } from './harness.js';
import { FifoGate } from './peers/fifo-gate.js';
import { startedPool } from './tenantry.js';

const PLACES = 16;
const TENANTS = 8;
const LANES = 4;
const FLOOD_LANES = 500;
const MEASURED_MS = 1_000;
const WARM_UP_MS = 200;

export interface FloodRules {
  readonly order: 'fair' | 'fifo';
  readonly isFlooded: boolean;
}

/** Median wait of the eight, from the call to the session, in milliseconds. */
export async function medianWaitMs({ order, isFlooded }: FloodRules): Promise<number> {
  const fairQueue = { maxWaiting: 1_000, maxWaitingPerTenant: 1_000, maxWaitMs: 60_000 };
  const pool = await startedPool({
    maxConcurrentSessions: PLACES,
    ...(order === 'fair' ? { fairQueue } : {}),
  });
  const gate = new FifoGate(order === 'fair' ? Number.POSITIVE_INFINITY : PLACES);
  const waits: number[] = [];
  const beganMs = performance.now();
  const endsMs = beganMs + WARM_UP_MS + MEASURED_MS;
  const lane = async (tenant: string, isMeasured: boolean): Promise<void> => {
    for (;;) {
      const askedMs = performance.now();
      if (askedMs > endsMs) return;
      await gate.enter();
      const session = await pool.open({ tenant, agent: pauses });
      const waitMs = performance.now() - askedMs;
      if (isMeasured && askedMs > beganMs + WARM_UP_MS) waits.push(waitMs);
      await session.done;
      gate.leave();
    }
  };
  const lanes = (count: number, tenantOf: (index: number) => string, isMeasured: boolean) =>
    Array.from({ length: count }, (_, index) => lane(tenantOf(index), isMeasured));
  await Promise.all([
    ...(isFlooded ? lanes(FLOOD_LANES, () => 'flood', false) : []),
    ...lanes(TENANTS * LANES, (index) => `tenant-${index % TENANTS}`, true),
  ]);
  await pool.close();
  return median(waits);
}

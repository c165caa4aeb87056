/** Pure: whether a pool takes sessions now, and what speaks against it. */
import type { Snapshot } from '../snapshot/snapshot.js';

/**
 * `starting`, `draining`, `closed`: the pool's own state. `memory`: its process is over
 * `memoryLimitMb`. `wedged`: its main loop stands still. `systemic`: so many tenants fail at once that
 * the cause is likely to be none of them.
 */
export const HEALTH_REASONS = [
  'starting',
  'draining',
  'closed',
  'memory',
  'wedged',
  'systemic',
] as const;
export type HealthReason = (typeof HEALTH_REASONS)[number];

/** What the pool's main thread knows. */
export interface HealthFacts {
  readonly state: Snapshot['runtime']['state'];
  readonly isOverMemory: boolean;
  readonly isSystemic: boolean;
}

export interface PoolHealth {
  /** Whether a new session has a place here; false with at least one reason. */
  readonly ready: boolean;
  readonly reasons: readonly HealthReason[];
  readonly state: HealthFacts['state'];
  /** Age of what the pool has said of itself; 0 where it has just been asked. */
  readonly heldForMs: number;
  /** For how long its main loop has stood still; 0 where it turns. */
  readonly loopHeldMs: number;
}

/** A load balancer asks again after a few seconds; a shorter block is over by then. */
const WEDGED_AFTER_MS = 1_000;

const OF_STATE: Readonly<Record<HealthFacts['state'], HealthReason | null>> = {
  created: 'starting',
  running: null,
  draining: 'draining',
  closed: 'closed',
};

export function healthOf(
  { state, isOverMemory, isSystemic }: HealthFacts,
  { heldForMs, loopHeldMs }: { readonly heldForMs: number; readonly loopHeldMs: number },
): PoolHealth {
  const reasons: HealthReason[] = [];
  const ofState = OF_STATE[state];
  if (ofState !== null) reasons.push(ofState);
  if (isOverMemory) reasons.push('memory');
  if (loopHeldMs >= WEDGED_AFTER_MS) reasons.push('wedged');
  if (isSystemic) reasons.push('systemic');
  return { ready: reasons.length === 0, reasons, state, heldForMs, loopHeldMs };
}

/** Who asks for an act by hand, and what an act can have the pool do. */
import type { Snapshot } from '../snapshot/snapshot.js';
import { CODE, type Actor } from '../vocabulary/actor.js';
import type { AuditTrail } from './audit-trail.js';
import type { Confinement } from './confinement.js';
import type { DrainReport } from '../session/drain.js';

export interface Asking {
  readonly actor: Extract<Actor, { kind: 'operator' }>;
  /** Only to learn what would be done. */
  readonly dryRun: boolean;
}

/** What calls a method of the pool. */
export const BY_CODE: Asking = { actor: CODE, dryRun: false };

export interface PoolDrain {
  readonly over: Promise<DrainReport>;
  /** Whether it drains now and has not before, or ends sooner than it would have. */
  readonly isNews: boolean;
}

/** What the whole pool does. */
export interface ControlledPool {
  drainPool(timeoutMs: number): PoolDrain;
  /** @throws TENANTRY_POOL_NOT_STARTED, TENANTRY_POOL_CLOSED */
  confinement(): Confinement;
  /** Undefined while the pool does not run. */
  trail(): AuditTrail | undefined;
  snapshot(): Promise<Snapshot>;
}

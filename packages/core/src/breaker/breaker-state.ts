/**
 * The states of a breaker and the allowed steps between them.
 *
 *                 a rule trips, trip()          the cooldown is over
 *        closed ───────────────────────► open ───────────────────────► half-open
 *          ▲                              │ ▲                            │   │
 *          ├── a late success, reset() ───┘ └─ probe fails or hangs, ────┘   │
 *          │                                   trip()                        │
 *          └──────────── probe succeeds, reset() ────────────────────────────┘
 */
import { TenantryError } from '../errors/errors.js';
import type { BreakerState } from '../snapshot/report.js';

const NEXT: Readonly<Record<BreakerState, readonly BreakerState[]>> = {
  closed: ['open', 'closed'],
  open: ['half-open', 'closed', 'open'],
  'half-open': ['open', 'closed'],
};

/** @throws TENANTRY_INTERNAL on a step the table does not have */
export function step(from: BreakerState, to: BreakerState): BreakerState {
  if (NEXT[from].includes(to)) return to;
  throw new TenantryError('TENANTRY_INTERNAL', `a breaker cannot go from ${from} to ${to}`);
}

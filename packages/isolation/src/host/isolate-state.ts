/**
 * The life of an isolate, the same for a thread and a child.
 *
 *   starting ──► ready ──► draining ──► stopping ──► stopped
 *       │          └────────────┬──────────▲  └────► stuck
 *       └───────────────────────┘──────────┘
 */
import { TenantryError } from '@tenantry/core';
import type { IsolateState } from '@tenantry/core/internal';

/** The states one isolate can be in; `backoff` and `quarantined` are states of a tenant without one. */
export type LifeState = Exclude<IsolateState, 'backoff' | 'quarantined'>;

const NEXT: Readonly<Record<LifeState, readonly LifeState[]>> = {
  starting: ['ready', 'stopping'],
  ready: ['draining', 'stopping'],
  draining: ['stopping'],
  stopping: ['stopped', 'stuck'],
  stuck: ['stopped'],
  stopped: [],
};

export function canStep(from: LifeState, to: LifeState): boolean {
  return NEXT[from].includes(to);
}

/** @throws TENANTRY_INTERNAL on a step the table does not have */
export function step(from: LifeState, to: LifeState): LifeState {
  if (canStep(from, to)) return to;
  throw new TenantryError('TENANTRY_INTERNAL', `an isolate cannot go from ${from} to ${to}`);
}

/**
 * The states of a session and the allowed steps between them.
 *
 *   starting ──► active ──► draining ──► ended
 *       └───────────┴───────────────────────▲
 */
import { TenantryError } from '../errors/errors.js';
import type { SessionStateName } from '../snapshot/report.js';

const NEXT: Readonly<Record<SessionStateName, readonly SessionStateName[]>> = {
  starting: ['active', 'ended'],
  active: ['draining', 'ended'],
  draining: ['ended'],
  ended: [],
};

export function canStep(from: SessionStateName, to: SessionStateName): boolean {
  return NEXT[from].includes(to);
}

/** @throws TENANTRY_INTERNAL on a step the table does not have */
export function step(from: SessionStateName, to: SessionStateName): SessionStateName {
  if (canStep(from, to)) return to;
  throw new TenantryError('TENANTRY_INTERNAL', `a session cannot go from ${from} to ${to}`);
}

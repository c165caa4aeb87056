/** Bounds of the tenants `t0`, `t1`, ... of a simulated day: most are loose, some begin or end elsewhere. */
import type { LadderBounds } from '../../src/tenant/tenant-escalation.js';
import { LOOSE } from './test-escalation.js';

export function boundsOf(tenant: string): LadderBounds {
  const n = Number(tenant.slice(1));
  if (n % 17 === 0) return { ...LOOSE, ceiling: 'process' };
  if (n % 19 === 0) return { ...LOOSE, start: 'thread', floor: 'thread' };
  if (n % 23 === 0) return { ...LOOSE, start: 'process' };
  return LOOSE;
}

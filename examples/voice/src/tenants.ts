/** The three tenants, one for each rung, and the pool they share. */
import { AgentPool, type Rung, type TenantOptions } from '@tenantry/core';
import { isolates } from '@tenantry/isolation';

export interface Tenant {
  readonly tenant: string;
  /** Where its calls have to end up. */
  readonly rung: Rung;
  readonly options: TenantOptions;
}

export const TENANTS: readonly Tenant[] = [
  { tenant: 'acme', rung: 'coroutine', options: { isolation: 'coroutine' } },
  {
    tenant: 'globex',
    rung: 'thread',
    options: { isolation: 'process', isolate: 'worker_threads' },
  },
  {
    tenant: 'initech',
    rung: 'process',
    options: { isolation: 'process', isolate: 'child_process' },
  },
];

/** A pool with the agents of this folder, not started yet. */
export async function createPool(callsPerTenant: number): Promise<AgentPool> {
  const pool = new AgentPool({
    isolates,
    name: 'voice',
    maxConcurrentSessions: callsPerTenant * TENANTS.length,
    tenants: Object.fromEntries(
      TENANTS.map(({ tenant, options }) => [tenant, { ...options, maxSessions: callsPerTenant }]),
    ),
  });
  await pool.discover(new URL('./agents/', import.meta.url));
  return pool;
}

/** Tenants as a pool with these options makes them. */
import { parsePoolOptions, type AgentPoolOptions } from '../../src/pool/pool-options.js';
import { TenantRegistry } from '../../src/tenant/tenant-registry.js';
import type { Clock } from '../../src/time/clock.js';

export function tenantsWith(options: AgentPoolOptions, clock: Clock): TenantRegistry {
  const { tenants, defaults } = parsePoolOptions(options);
  return new TenantRegistry({
    tenants,
    pool: defaults,
    config: { ttlMs: 1, timeoutMs: 1 },
    clock,
  });
}

import { beforeEach, describe, expect, test } from '@jest/globals';
import { Admission } from '../../src/admission/admission.js';
import type { Permit } from '../../src/limits/cap.js';
import { TenantRegistry } from '../../src/tenant/tenant-registry.js';
import type { Tenant } from '../../src/tenant/tenant.js';
import { parsePoolOptions } from '../../src/pool/pool-options.js';
import { thrownBy } from '../caught.js';
import { ManualClock } from '../manual-clock.js';

let clock: ManualClock;
let admission: Admission;
let acme: Tenant;
let other: Tenant;

beforeEach(() => {
  clock = new ManualClock();
  const tenants = new TenantRegistry({
    tenants: { acme: { maxSessions: 2 } },
    pool: parsePoolOptions({}).defaults,
    config: { ttlMs: 1, timeoutMs: 1 },
    clock,
  });
  acme = tenants.get('acme');
  other = tenants.get('other');
  admission = new Admission(
    { maxConcurrentSessions: 4, maxSessionsPerAgent: { slow: 1, none: 0 } },
    clock,
  );
});

const refused = (tenant: Tenant, agent = 'echo'): ReturnType<typeof thrownBy> =>
  thrownBy(() => admission.admit(tenant, agent));

describe('a refusal', () => {
  test('while the pool drains', () => {
    admission.draining = true;
    expect(refused(acme)).toMatchObject({
      code: 'TENANTRY_POOL_DRAINING',
      retryAfterMs: 5_000,
      tenant: 'acme',
    });
    expect(acme.books.refusals).toEqual({ draining: 1 });
  });

  test('of a quarantined tenant says how long it still lasts, and passes with it', () => {
    acme.quarantinedUntilMs = clock.nowMs() + 300.5;
    expect(refused(acme)).toMatchObject({ code: 'TENANTRY_TENANT_QUARANTINED', retryAfterMs: 301 });
    clock.advance(300.5);
    expect(admission.admit(acme, 'echo')).toBeDefined();
    expect(acme.books.refusals).toEqual({ quarantined: 1 });
  });

  test('at the tenant’s cap', () => {
    admission.admit(acme, 'echo');
    admission.admit(acme, 'echo');
    expect(refused(acme)).toMatchObject({
      code: 'TENANTRY_TENANT_CAP',
      retryAfterMs: 1_000,
      message: 'session of tenant "acme" refused: tenant at its cap (2 of 2)',
      details: { running: 2, limit: 2 },
    });
    expect([acme.books.refusals, other.books.refusals]).toEqual([{ 'tenant-cap': 1 }, {}]);
    expect(admission.admit(other, 'echo')).toBeDefined();
  });

  test('at the agent’s cap, over all tenants', () => {
    admission.admit(acme, 'slow');
    expect(refused(other, 'slow')).toMatchObject({
      code: 'TENANTRY_AGENT_CAP',
      retryAfterMs: 1_000,
      message: 'session of tenant "other" refused: agent "slow" at its cap (1 of 1)',
    });
    expect(refused(acme, 'none').code).toBe('TENANTRY_AGENT_CAP');
    expect(other.books.refusals).toEqual({ 'agent-cap': 1 });
  });

  test('at the pool’s cap', () => {
    for (let index = 0; index < 4; index += 1) admission.admit(other, 'echo');
    expect(refused(acme)).toMatchObject({ code: 'TENANTRY_POOL_CAP', retryAfterMs: 1_000 });
    expect(acme.books.refusals).toEqual({ 'pool-cap': 1 });
  });

  test('takes nothing: the other caps stay as they were', () => {
    admission.admit(acme, 'slow');
    refused(other, 'slow');
    expect([other.cap.heldCount, admission.activeCount]).toEqual([0, 1]);
  });
});

test('the first of several reasons wins, in one fixed order', () => {
  acme.quarantinedUntilMs = clock.nowMs() + 10;
  admission.draining = true;
  admission.admit = admission.admit.bind(admission);
  const held: Permit[] = [];
  const lift: readonly (readonly [string, () => void])[] = [
    ['TENANTRY_POOL_DRAINING', () => (admission.draining = false)],
    ['TENANTRY_TENANT_QUARANTINED', () => clock.advance(10)],
    ['TENANTRY_TENANT_CAP', () => held.splice(0, 2).forEach((permit) => permit.release())],
    ['TENANTRY_AGENT_CAP', () => held.splice(0, 1).forEach((permit) => permit.release())],
    ['TENANTRY_POOL_CAP', () => held.splice(0, 1).forEach((permit) => permit.release())],
  ];
  // All five at once: the tenant at its cap, the agent at its cap, the pool full.
  admission.draining = false;
  acme.quarantinedUntilMs = 0;
  held.push(
    admission.admit(acme, 'echo'),
    admission.admit(acme, 'echo'),
    admission.admit(other, 'slow'),
  );
  held.push(admission.admit(other, 'echo'));
  acme.quarantinedUntilMs = clock.nowMs() + 10;
  admission.draining = true;
  const codes: string[] = [];
  for (const [, liftOne] of lift) {
    codes.push(refused(acme, 'slow').code);
    liftOne();
    // What a lifted cap set free in the pool is taken again, so that the pool stays full.
    while (codes.length === 3 && admission.activeCount < 4)
      held.push(admission.admit(other, 'echo'));
    while (codes.length === 4 && admission.activeCount < 4)
      held.push(admission.admit(other, 'echo'));
  }
  expect(codes).toEqual(lift.map(([code]) => code));
  expect(admission.admit(acme, 'slow')).toBeDefined();
});

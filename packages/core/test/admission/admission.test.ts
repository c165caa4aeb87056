import { beforeEach, describe, expect, test } from '@jest/globals';
import { Admission } from '../../src/admission/admission.js';
import { SessionPermit } from '../../src/admission/session-permit.js';
import type { TenantryError } from '../../src/errors/errors.js';
import type { Tenant } from '../../src/tenant/tenant.js';
import { thrownBy } from '../caught.js';
import { ManualClock } from '../manual-clock.js';
import { tenantsWith } from './tenants.js';

let clock: ManualClock;
let admission: Admission;
let acme: Tenant;
let other: Tenant;

beforeEach(() => {
  clock = new ManualClock();
  const tenants = tenantsWith({ tenants: { acme: { maxSessions: 2 } } }, clock);
  acme = tenants.get('acme');
  other = tenants.get('other');
  admission = new Admission(
    { maxConcurrentSessions: 4, maxSessionsPerAgent: { slow: 1, none: 0 } },
    clock,
  );
});

const admitted = (tenant: Tenant, agent = 'echo'): SessionPermit =>
  admission.admit(tenant, agent) as SessionPermit;

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
    expect(admitted(acme, 'echo')).toBeDefined();
    expect(acme.books.refusals).toEqual({ quarantined: 1 });
  });

  test('at the tenant’s cap', () => {
    admitted(acme, 'echo');
    admitted(acme, 'echo');
    expect(refused(acme)).toMatchObject({
      code: 'TENANTRY_TENANT_CAP',
      retryAfterMs: 1_000,
      message: 'session of tenant "acme" refused: tenant at its cap (2 of 2)',
      details: { running: 2, limit: 2 },
    });
    expect([acme.books.refusals, other.books.refusals]).toEqual([{ 'tenant-cap': 1 }, {}]);
    expect(admitted(other, 'echo')).toBeDefined();
  });

  test('at the agent’s cap, over all tenants', () => {
    admitted(acme, 'slow');
    expect(refused(other, 'slow')).toMatchObject({
      code: 'TENANTRY_AGENT_CAP',
      retryAfterMs: 1_000,
      message: 'session of tenant "other" refused: agent "slow" at its cap (1 of 1)',
    });
    expect(refused(acme, 'none').code).toBe('TENANTRY_AGENT_CAP');
    expect(other.books.refusals).toEqual({ 'agent-cap': 1 });
  });

  test('at the pool’s cap', () => {
    for (let index = 0; index < 4; index += 1) admitted(other, 'echo');
    expect(refused(acme)).toMatchObject({ code: 'TENANTRY_POOL_CAP', retryAfterMs: 1_000 });
    expect(acme.books.refusals).toEqual({ 'pool-cap': 1 });
  });

  test('takes nothing: the other caps stay as they were', () => {
    admitted(acme, 'slow');
    refused(other, 'slow');
    expect([other.cap.heldCount, admission.activeCount]).toEqual([0, 1]);
  });
});

describe('the order of reasons', () => {
  // Each fault is there until it is lifted, so what is answered is what comes first.
  test('is draining, quarantined, breaker, rate limit, tenant, agent, pool', () => {
    const tenants = tenantsWith(
      {
        tenants: {
          acme: { maxSessions: 1, rateLimit: { sessionsPerSecond: 0.001 } },
          other: {},
        },
        enableTenantCircuitBreaker: true,
      },
      clock,
    );
    [acme, other] = [tenants.get('acme'), tenants.get('other')];
    admission = new Admission(
      { maxConcurrentSessions: 2, maxSessionsPerAgent: { slow: 1 } },
      clock,
    );
    const own = admitted(acme, 'echo');
    const slow = admitted(other, 'slow');
    acme.breaker?.trip(20);
    acme.quarantinedUntilMs = clock.nowMs() + 10;
    admission.draining = true;
    let filler: SessionPermit | undefined;
    const lifts: readonly (readonly [string, () => void])[] = [
      ['TENANTRY_POOL_DRAINING', () => (admission.draining = false)],
      ['TENANTRY_TENANT_QUARANTINED', () => clock.advance(10)],
      ['TENANTRY_BREAKER_OPEN', () => clock.advance(10)],
      ['TENANTRY_RATE_LIMITED', () => acme.bucket?.give()],
      ['TENANTRY_TENANT_CAP', () => (own.release(), (filler = admitted(other)))],
      ['TENANTRY_AGENT_CAP', () => (slow.release(), admitted(other))],
      ['TENANTRY_POOL_CAP', () => filler?.release()],
    ];
    const codes: string[] = [];
    for (const [, lift] of lifts) {
      codes.push(refused(acme, 'slow').code);
      lift();
    }
    expect(codes).toEqual(lifts.map(([code]) => code));
    expect(admitted(acme, 'slow')).toBeDefined();
    expect(acme.books.refusals).toEqual({
      draining: 1,
      quarantined: 1,
      breaker: 1,
      'rate-limit': 1,
      'tenant-cap': 1,
      'agent-cap': 1,
      'pool-cap': 1,
    });
  });
});

describe('a tenant with a rate limit', () => {
  beforeEach(() => {
    const rateLimit = { sessionsPerSecond: 3, burst: 10 };
    acme = tenantsWith({ tenants: { acme: { rateLimit, maxSessions: 1_000 } } }, clock).get('acme');
    admission = new Admission({ maxConcurrentSessions: 20, maxSessionsPerAgent: {} }, clock);
  });

  test('starts exactly its burst of ten times as many, and each retry in time succeeds', () => {
    const outcomes = Array.from({ length: 100 }, () => {
      try {
        return admitted(acme);
      } catch (error) {
        return (error as TenantryError).retryAfterMs;
      }
    });
    expect(outcomes.filter((one) => one instanceof SessionPermit)).toHaveLength(10);
    expect(new Set(outcomes.slice(10))).toEqual(new Set([334]));
    expect(acme.books.refusals).toEqual({ 'rate-limit': 90 });
    clock.advance(333);
    expect(refused(acme).retryAfterMs).toBe(1);
    clock.advance(1);
    expect(admitted(acme)).toBeDefined();
  });

  test('is not charged for what a cap refuses', () => {
    const room = new Admission({ maxConcurrentSessions: 1, maxSessionsPerAgent: {} }, clock);
    const first = room.admit(acme, 'echo') as SessionPermit;
    for (let time = 0; time < 50; time += 1) {
      expect(thrownBy(() => room.admit(acme, 'echo')).code).toBe('TENANTRY_POOL_CAP');
    }
    first.release();
    for (let time = 0; time < 9; time += 1) expect(admitted(acme)).toBeDefined();
    expect(refused(acme).code).toBe('TENANTRY_RATE_LIMITED');
  });
});

describe('a tenant with a breaker', () => {
  beforeEach(() => {
    acme = tenantsWith({ enableTenantCircuitBreaker: true }, clock).get('acme');
    admission = new Admission({ maxConcurrentSessions: 20, maxSessionsPerAgent: {} }, clock);
  });

  const fails = (): void => admitted(acme).end('failed');

  test('is refused while it is open, for as long as the error says', () => {
    for (let time = 0; time < 5; time += 1) fails();
    clock.advance(10_000.5);
    expect(refused(acme)).toMatchObject({
      code: 'TENANTRY_BREAKER_OPEN',
      retryAfterMs: 20_000,
      message: 'session of tenant "acme" refused: its circuit breaker is open',
    });
    clock.advance(19_999.5);
    expect(admitted(acme)).toBeDefined();
  });

  test('has one probe at a time, and no second one while it runs', () => {
    acme.breaker?.trip(10);
    clock.advance(10);
    const probe = admitted(acme);
    expect(refused(acme)).toMatchObject({ code: 'TENANTRY_BREAKER_OPEN', retryAfterMs: 1_000 });
    probe.end('cancelled');
    const second = admitted(acme);
    expect(refused(acme).code).toBe('TENANTRY_BREAKER_OPEN');
    second.end('succeeded');
    expect([admitted(acme), admitted(acme)]).toHaveLength(2);
  });

  test('is judged by neither refusals nor what was cancelled or never started', () => {
    for (let time = 0; time < 50; time += 1) {
      admitted(acme).end('cancelled');
      admitted(acme).release();
    }
    acme.quarantinedUntilMs = clock.nowMs() + 10;
    for (let time = 0; time < 50; time += 1) refused(acme);
    expect(acme.breaker?.figure()).toMatchObject({ state: 'closed', samples: 0 });
  });

  test('gives a probe’s place back where a cap refuses the session', () => {
    acme.breaker?.trip(10);
    clock.advance(10);
    const none = new Admission(
      { maxConcurrentSessions: 1, maxSessionsPerAgent: { slow: 0 } },
      clock,
    );
    expect(thrownBy(() => none.admit(acme, 'slow')).code).toBe('TENANTRY_AGENT_CAP');
    expect(admitted(acme)).toBeDefined();
  });
});

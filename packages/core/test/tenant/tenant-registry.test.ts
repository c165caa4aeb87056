import { describe, expect, test } from '@jest/globals';
import { breakerSettings } from '../../src/breaker/breaker-options.js';
import type { RuntimeEvent } from '../../src/events/runtime-event.js';
import { TokenBucket } from '../../src/limits/token-bucket.js';
import { countEnd, countRefusal } from '../../src/tenant/tenant-books.js';
import { TenantRegistry, type TenantRegistryOptions } from '../../src/tenant/tenant-registry.js';
import type { TenantOptions, TenantSettings } from '../../src/tenant/tenant-options.js';
import { ManualClock } from '../manual-clock.js';

const POOL: TenantSettings = {
  isolation: 'coroutine',
  isolate: 'child_process',
  isolateScope: 'tenant',
  maxSessions: Number.POSITIVE_INFINITY,
  rateLimit: null,
  weight: 1,
  breaker: null,
  config: undefined,
  memoryLimitMb: null,
  memoryHardLimitMb: null,
  cpuLimitSeconds: null,
  softLimitRatio: 0.9,
  env: [],
  maxDurationMs: null,
  idleTimeoutMs: 9_000,
  abortGraceMs: 5_000,
  record: null,
  escalation: {},
};

function registryOf(
  tenants: Record<string, TenantOptions>,
  mostTenants?: number,
  own: Partial<TenantRegistryOptions> = {},
): TenantRegistry {
  return new TenantRegistry({
    tenants,
    pool: POOL,
    config: { ttlMs: 1, timeoutMs: 1 },
    clock: new ManualClock(),
    ...own,
    ...(mostTenants === undefined ? {} : { mostTenants }),
  });
}

const ids = (registry: TenantRegistry): string[] => [...registry.all()].map(({ id }) => id);

describe('a tenant’s settings', () => {
  const registry = registryOf({
    default: { maxSessions: 20, maxDurationMs: 1_000 },
    acme: { maxDurationMs: 2_000 },
  });

  test('are those of `default` over the pool’s where it is not listed', () => {
    expect(registry.get('someone').settings).toEqual({
      ...POOL,
      maxSessions: 20,
      maxDurationMs: 1_000,
    });
  });

  test('are its own over the pool’s where it is listed: `default` is not inherited', () => {
    expect(registry.get('acme').settings).toEqual({ ...POOL, maxDurationMs: 2_000 });
  });

  test('of the tenant named default are those of `default`', () => {
    expect(registry.get('default').settings.maxSessions).toBe(20);
  });

  test('are the pool’s where there is no `default`', () => {
    expect(registryOf({}).get('toString').settings).toEqual(POOL);
  });
});

describe('a registry', () => {
  test('knows listed tenants from the start and answers the same one each time', () => {
    const registry = registryOf({ default: {}, acme: {}, zeta: {} });
    expect(ids(registry)).toEqual(['acme', 'zeta']);
    const someone = registry.get('someone');
    expect(registry.get('someone')).toBe(someone);
  });

  test('keeps the totals of a tenant it forgets', () => {
    const registry = registryOf({}, 3);
    for (let index = 0; index < 500; index += 1) {
      const { books } = registry.get(`t${index}`);
      books.started += 1;
      books.strayErrors += 1;
      countEnd(books, index % 2 === 0 ? 'completed' : 'failed', 2, 3);
      countRefusal(books, 'pool-cap');
    }
    const all = [registry.forgotten, ...[...registry.all()].map(({ books }) => books)];
    const total = (pick: (books: (typeof all)[number]) => number | undefined): number =>
      all.reduce((sum, books) => sum + (pick(books) ?? 0), 0);
    expect(ids(registry)).toHaveLength(3);
    expect(total((books) => books.started)).toBe(500);
    expect(total((books) => books.strayErrors)).toBe(500);
    expect(total((books) => books.failures)).toBe(250);
    expect(total((books) => books.ends.completed)).toBe(250);
    expect(total((books) => books.ends.failed)).toBe(250);
    expect(total((books) => books.messagesIn)).toBe(1_000);
    expect(total((books) => books.messagesOut)).toBe(1_500);
    expect(total((books) => books.refusals['pool-cap'])).toBe(500);
  });

  test('never forgets a tenant that is listed, quarantined or runs sessions', () => {
    const registry = registryOf({ acme: {} }, 3);
    const busy = registry.get('busy');
    busy.cap.take();
    registry.get('bad').quarantinedUntilMs = 5_000;
    for (let index = 0; index < 10; index += 1) registry.get(`t${index}`);
    expect(ids(registry)).toEqual(expect.arrayContaining(['acme', 'busy', 'bad']));
    expect(ids(registry)).toHaveLength(4);
    expect(registry.get('busy')).toBe(busy);
    busy.cap.give();
    for (let index = 10; index < 20; index += 1) registry.get(`t${index}`);
    expect(ids(registry)).not.toContain('busy');
  });

  test('looks at few for a new tenant, also where thousands are busy', () => {
    const registry = registryOf({}, 1_000);
    let lookedAtCount = 0;
    for (let index = 0; index < 2_000; index += 1) {
      const { waiting } = registry.get(`t${index}`);
      Object.defineProperty(waiting, 'count', { get: () => (lookedAtCount += 1) });
    }
    expect(ids(registry)).toHaveLength(2_000);
    expect(lookedAtCount).toBeLessThanOrEqual(1_000 * 32);
  });

  test('comes back to its bound when those that were busy are so no more', () => {
    const registry = registryOf({}, 100);
    const busy = Array.from({ length: 1_000 }, (_, index) => registry.get(`t${index}`));
    for (const { cap } of busy) cap.take();
    for (let index = 0; index < 1_000; index += 1) registry.get(`u${index}`).cap.take();
    expect(ids(registry).length).toBeGreaterThan(1_000);
    for (const tenant of registry.all()) tenant.cap.give();
    for (let index = 0; index < 200; index += 1) registry.get(`v${index}`);
    expect(ids(registry)).toHaveLength(100);
  });
});

describe('a tenant’s breaker', () => {
  const pool = { ...POOL, breaker: breakerSettings({ enableTenantCircuitBreaker: true }) };

  test('is its own, and what it does is told with its name', () => {
    const events: RuntimeEvent[] = [];
    const registry = registryOf({}, 9, { pool, emit: (event) => void events.push(event) });
    registry.get('acme').breaker?.trip(5);
    expect(registry.get('other').breaker?.state).toBe('closed');
    registry.get('acme').breaker?.reset();
    expect(events).toEqual([
      {
        kind: 'breaker.opened',
        tenant: 'acme',
        failures: 0,
        samples: 0,
        cooldownMs: 5,
        byHand: true,
        enforced: true,
      },
      { kind: 'breaker.closed', tenant: 'acme', enforced: true },
    ]);
    expect(registryOf({}).get('acme').breaker).toBeUndefined();
  });

  test('keeps the tenant from being forgotten while it is open, and no longer', () => {
    const clock = new ManualClock();
    const registry = registryOf({}, 2, { pool, clock });
    const acme = registry.get('acme');
    acme.breaker?.trip(50);
    for (let index = 0; index < 5; index += 1) registry.get(`t${index}`);
    expect(registry.get('acme')).toBe(acme);
    clock.advance(50);
    for (let index = 0; index < 5; index += 1) registry.get(`t${index}`);
    expect(ids(registry)).not.toContain('acme');
  });
});

test('a tenant with an open that waits is not forgotten', () => {
  const registry = registryOf({}, 2);
  const acme = registry.get('acme');
  acme.waiting.count = 1;
  for (let index = 0; index < 5; index += 1) registry.get(`t${index}`);
  expect(registry.get('acme')).toBe(acme);
});

test('rate limit and weight are a tenant’s own, or the pool’s', () => {
  const pool = { ...POOL, weight: 3, rateLimit: { sessionsPerSecond: 9 } };
  const registry = registryOf({ acme: { weight: 5, rateLimit: { sessionsPerSecond: 1 } } }, 9, {
    pool,
  });
  expect(registry.get('acme').settings).toMatchObject({
    weight: 5,
    rateLimit: { sessionsPerSecond: 1 },
  });
  expect(registry.get('other').settings).toMatchObject({
    weight: 3,
    rateLimit: { sessionsPerSecond: 9 },
  });
  expect([registry.get('acme').bucket, registryOf({}).get('acme').bucket]).toEqual([
    expect.any(TokenBucket),
    undefined,
  ]);
});

test('a tenant is quarantined until its time has passed', () => {
  const tenant = registryOf({}).get('acme');
  expect(tenant.quarantinedForMs(100)).toBeNull();
  tenant.quarantinedUntilMs = 150;
  expect([tenant.quarantinedForMs(100), tenant.quarantinedForMs(150)]).toEqual([50, null]);
});

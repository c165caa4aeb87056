import { beforeEach, describe, expect, test } from '@jest/globals';
import { Admission } from '../../src/admission/admission.js';
import { FairQueueOptions } from '../../src/admission/fair-queue.js';
import type { SessionPermit } from '../../src/admission/session-permit.js';
import type { TenantryError } from '../../src/errors/errors.js';
import type { Tenant } from '../../src/tenant/tenant.js';
import { thrownBy } from '../caught.js';
import { ManualClock } from '../manual-clock.js';
import { turns } from '../turns.js';
import { tenantsWith } from './tenants.js';

let clock: ManualClock;
let admission: Admission;
let acme: Tenant;
let other: Tenant;

beforeEach(() => {
  clock = new ManualClock();
  const tenants = tenantsWith(
    {
      tenants: {
        acme: { maxSessions: 3, rateLimit: { sessionsPerSecond: 0.001, burst: 6 } },
        other: {},
      },
      enableTenantCircuitBreaker: true,
    },
    clock,
  );
  [acme, other] = [tenants.get('acme'), tenants.get('other')];
  admission = new Admission(
    {
      maxConcurrentSessions: 2,
      maxSessionsPerAgent: { slow: 1 },
      fairQueue: FairQueueOptions.parse({ maxWaiting: 5, maxWaitingPerTenant: 4, maxWaitMs: 100 }),
    },
    clock,
  );
});

const admitted = (tenant: Tenant, agent = 'echo'): SessionPermit =>
  admission.admit(tenant, agent) as SessionPermit;

/** What has become of each open, by name, in the order in which it became known. */
const known: string[] = [];
beforeEach(() => void known.splice(0));

function waits(
  name: string,
  tenant: Tenant,
  agent = 'echo',
  signal?: AbortSignal,
): Promise<SessionPermit | undefined> {
  const waiting = admission.admit(tenant, agent, signal);
  if (!(waiting instanceof Promise)) throw new Error(`${name} did not wait`);
  return waiting.then(
    (permit) => {
      known.push(name);
      return permit;
    },
    (error: TenantryError) => {
      known.push(`${name}: ${error.code}`);
      return undefined;
    },
  );
}

const settled = async (): Promise<string[]> => {
  await turns();
  return known;
};

test('whoever keeps the process alive is told of the first permit and of the last', async () => {
  const told: string[] = [];
  const alive = { hold: () => void told.push('hold'), release: () => void told.push('release') };
  admission = new Admission(
    { maxConcurrentSessions: 1, maxSessionsPerAgent: {}, fairQueue: FairQueueOptions.parse({}) },
    clock,
    alive,
  );
  const first = admitted(acme);
  const second = waits('second', acme);
  first.release();
  // It has passed on to who waited.
  expect(told).toEqual(['hold', 'hold']);
  (await second)!.release();
  admission.freed();
  expect(told.slice(2)).toEqual(['release', 'release']);
});

describe('an open that waits', () => {
  test('gets the first permit that is free, before anyone new', async () => {
    const running = admitted(other);
    admitted(other);
    void waits('waited', acme);
    running.release();
    expect(admission.activeCount).toBe(2);
    void waits('newcomer', other);
    expect(await settled()).toEqual(['waited']);
    expect([acme.waiting.count, other.waiting.count]).toEqual([0, 1]);
    expect([acme.cap.heldCount, other.cap.heldCount]).toEqual([1, 1]);
  });

  test('holds no permit while it waits', () => {
    admitted(other);
    admitted(other);
    for (const name of ['a', 'b', 'c', 'd']) void waits(name, acme);
    expect([acme.cap.heldCount, admission.activeCount]).toEqual([0, 2]);
    expect(acme.waiting).toEqual({ count: 4, oldestSinceMs: clock.nowMs() });
  });

  test('stays while its agent is full, and lets others pass', async () => {
    const [slow, filler] = [admitted(other, 'slow'), admitted(other)];
    expect(thrownBy(() => admission.admit(acme, 'slow')).code).toBe('TENANTRY_AGENT_CAP');
    slow.release();
    const next = admitted(acme, 'slow');
    next.release();
    const blocker = admitted(other);
    void waits('slow-1', acme, 'slow');
    void waits('slow-2', acme, 'slow');
    void waits('echo', other);
    blocker.release();
    filler.release();
    // The pool had room for both: the second slow one is passed over by the other tenant's.
    expect((await settled()).toSorted()).toEqual(['echo', 'slow-1']);
    expect([acme.waiting.count, admission.activeCount]).toEqual([1, 2]);
  });

  test('stays while its tenant is full, and starts when that is over', async () => {
    const pool = new Admission(
      {
        maxConcurrentSessions: 4,
        maxSessionsPerAgent: {},
        fairQueue: FairQueueOptions.parse({}),
      },
      clock,
    );
    admission = pool;
    const others = [admitted(other), admitted(other)];
    const own = [admitted(acme), admitted(acme)];
    const waiting = ['a', 'b'].map((name) => waits(name, acme));
    for (const permit of others) permit.release();
    expect(await settled()).toEqual(['a']);
    expect([acme.cap.heldCount, pool.activeCount, acme.waiting.count]).toEqual([3, 3, 1]);
    // A newcomer that can start takes what nobody who waits can use.
    expect(admitted(other)).toBeDefined();
    own[0]!.release();
    expect(await settled()).toEqual(['a', 'b']);
    expect(await Promise.all(waiting)).toHaveLength(2);
  });

  test('is refused at its deadline, and what it took of the rate is given back', async () => {
    admitted(other);
    const running = admitted(other);
    for (const name of ['a', 'b', 'c', 'd']) void waits(name, acme);
    clock.advance(99);
    expect(await settled()).toEqual([]);
    clock.advance(1);
    expect(await settled()).toEqual(
      ['a', 'b', 'c', 'd'].map((name) => `${name}: TENANTRY_QUEUE_TIMEOUT`),
    );
    expect(acme.books.refusals).toEqual({ 'queue-timeout': 4 });
    expect([acme.waiting.count, clock.armedCount]).toEqual([0, 0]);
    running.release();
    expect(admission.activeCount).toBe(1);
    for (const name of ['e', 'f', 'g', 'h', 'i', 'j']) {
      admitted(acme).release();
      expect(name).toBeDefined();
    }
    expect(thrownBy(() => admission.admit(acme, 'echo')).code).toBe('TENANTRY_RATE_LIMITED');
  });

  test('holds its part of the rate, so that no more than a burst starts at once', async () => {
    const rateLimit = { sessionsPerSecond: 100, burst: 2 };
    acme = tenantsWith({ tenants: { acme: { rateLimit } } }, clock).get('acme');
    const running = [admitted(other), admitted(other)];
    for (const name of ['a', 'b']) void waits(name, acme);
    clock.advance(50);
    expect(thrownBy(() => admission.admit(acme, 'echo')).code).toBe('TENANTRY_RATE_LIMITED');
    for (const permit of running) permit.release();
    expect(await settled()).toEqual(['a', 'b']);
    expect(thrownBy(() => admission.admit(acme, 'echo')).code).toBe('TENANTRY_RATE_LIMITED');
  });

  test('that has expired never starts, however late its timer is', async () => {
    admitted(other);
    const running = admitted(other);
    void waits('late', acme);
    const nowMs = clock.nowMs() + 100;
    clock.nowMs = () => nowMs;
    running.release();
    expect(await settled()).toEqual(['late: TENANTRY_QUEUE_TIMEOUT']);
    expect([admission.activeCount, acme.cap.heldCount]).toEqual([1, 0]);
  });

  test('leaves when its signal aborts, and is not counted as refused', async () => {
    admitted(other);
    const running = admitted(other);
    const caller = new AbortController();
    void waits('called off', acme, 'echo', caller.signal);
    void waits('next', acme);
    caller.abort();
    running.release();
    expect(await settled()).toEqual(['called off: TENANTRY_SESSION_CANCELLED', 'next']);
    expect(acme.books.refusals).toEqual({});
    expect(thrownBy(() => admission.admit(acme, 'echo', caller.signal)).code).toBe(
      'TENANTRY_SESSION_CANCELLED',
    );
  });

  test('no longer listens to its signal when it has started', async () => {
    const running = [admitted(other), admitted(other)];
    const caller = new AbortController();
    const waiting = waits('started', acme, 'echo', caller.signal);
    running[0]!.release();
    await waiting;
    caller.abort();
    expect(await settled()).toEqual(['started']);
    expect([acme.waiting.count, clock.armedCount]).toEqual([0, 0]);
  });

  test('is refused when a drain begins', async () => {
    admitted(other);
    admitted(other);
    void waits('a', acme);
    void waits('b', other);
    admission.draining = true;
    expect(await settled()).toEqual(['a: TENANTRY_POOL_DRAINING', 'b: TENANTRY_POOL_DRAINING']);
    expect([acme.books.refusals, other.books.refusals]).toEqual([{ draining: 1 }, { draining: 1 }]);
    expect(clock.armedCount).toBe(0);
  });

  test('is refused when a drain of its tenant begins, and nobody else’s is', async () => {
    admitted(other);
    const running = admitted(other);
    void waits('a', acme);
    void waits('b', other);
    void waits('c', acme);
    admission.drainBegins(acme);
    expect(await settled()).toEqual(['a: TENANTRY_TENANT_DRAINING', 'c: TENANTRY_TENANT_DRAINING']);
    expect([acme.waiting.count, acme.books.refusals]).toEqual([0, { draining: 2 }]);
    admission.drainEnds(acme);
    running.release();
    expect((await settled()).at(-1)).toBe('b');
  });

  test('is refused where its tenant was quarantined or its breaker opened meanwhile', async () => {
    admitted(other);
    const running = admitted(other);
    void waits('broken', acme);
    acme.breaker?.trip();
    running.release();
    expect(await settled()).toEqual(['broken: TENANTRY_BREAKER_OPEN']);
    acme.breaker?.reset();
    const second = admitted(other);
    void waits('quarantined', acme);
    acme.quarantinedUntilMs = clock.nowMs() + 1_000;
    second.release();
    expect((await settled()).at(-1)).toBe('quarantined: TENANTRY_TENANT_QUARANTINED');
    expect(admission.activeCount).toBe(1);
  });

  test('is one of several of which one probes', async () => {
    const running = [admitted(other), admitted(other)];
    acme.breaker?.trip(10);
    clock.advance(10);
    void waits('probe', acme);
    void waits('second', acme);
    for (const permit of running) permit.release();
    expect((await settled()).toSorted()).toEqual(['probe', 'second: TENANTRY_BREAKER_OPEN']);
  });
});

describe('a line that is full', () => {
  test('refuses: the tenant’s own, and the pool’s', () => {
    admitted(other);
    admitted(other);
    for (const name of ['a', 'b', 'c', 'd']) void waits(name, acme);
    expect(thrownBy(() => admission.admit(acme, 'echo'))).toMatchObject({
      code: 'TENANTRY_QUEUE_FULL',
      retryAfterMs: 1_000,
      details: { limit: 4, whose: 'tenant' },
    });
    void waits('e', other);
    expect(thrownBy(() => admission.admit(other, 'echo'))).toMatchObject({
      code: 'TENANTRY_QUEUE_FULL',
      details: { limit: 5, whose: 'pool' },
    });
    expect([acme.books.refusals, other.books.refusals]).toEqual([
      { 'queue-full': 1 },
      { 'queue-full': 1 },
    ]);
    admission.draining = true;
  });
});

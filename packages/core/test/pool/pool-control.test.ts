import process from 'node:process';
import { describe, expect, test } from '@jest/globals';
import type { Explanation } from '../../src/inspector/control.js';
import { caught } from '../caught.js';
import { turns } from '../turns.js';
import { ALICE, controlled, type Controlled } from './controlled.js';
import { makePool, startedPool } from './test-pool.js';

const BORN_IN_A_PROCESS = { isolation: 'process', tenants: {} } as const;

const failing = async ({ open }: Controlled, times: number): Promise<void> => {
  for (let time = 0; time < times; time += 1) await (await open('acme', 'fails')).done;
};

describe('isolating a tenant by hand', () => {
  const request = { command: 'isolate', tenant: 'acme', as: 'thread' };

  test('changes where its new sessions go, says what was before, and names who asked', async () => {
    const it = await controlled();
    expect(await it.ask(request)).toEqual({
      command: 'isolate',
      target: 'acme',
      isDryRun: false,
      changed: true,
      before: { rung: 'coroutine', state: 'free', pin: null, leftMs: null },
      after: { rung: 'thread', state: 'confined', pin: null, leftMs: null },
      said: 'new sessions of tenant "acme" go to thread until it is released',
      isAudited: true,
    });
    expect(it.acts()).toEqual([['tenant.isolated', ALICE, true]]);
    it.clock.advance(7_200_000);
    expect(it.ladder()).toMatchObject({ rung: 'thread', state: 'confined' });
  });

  test('of one that is there by hand already changes and records nothing', async () => {
    const it = await controlled();
    await it.ask(request);
    expect(await it.ask(request)).toMatchObject({ changed: false });
    expect(it.acts()).toHaveLength(1);
  });

  test('holds one without an end that the runtime has confined there for a minute', async () => {
    const it = await controlled();
    it.offend();
    expect(it.ladder()).toMatchObject({ rung: 'process', leftMs: 60_000 });
    const reply = await it.ask({ ...request, as: 'process' });
    expect(reply).toMatchObject({
      changed: true,
      before: { rung: 'process', leftMs: 60_000 },
      after: { rung: 'process', leftMs: null },
    });
    it.clock.advance(7_200_000);
    expect(it.ladder()).toMatchObject({ rung: 'process', state: 'confined' });
  });

  test.each<[string, object, string, Partial<Parameters<typeof controlled>[0]>]>([
    ['above its ceiling', { tenant: 'low', as: 'process' }, 'TENANTRY_OPTIONS_INVALID', {}],
    ['below its floor', { as: 'thread' }, 'TENANTRY_OPTIONS_INVALID', BORN_IN_A_PROCESS],
    ['of a pool without isolates', {}, 'TENANTRY_ISOLATES_MISSING', { isolates: undefined }],
    [
      'that is pinned',
      { tenant: 'held' },
      'TENANTRY_TENANT_PINNED',
      { tenants: { held: { escalation: { pin: 'process' } } } },
    ],
  ])(
    '%s is refused, as is asking what it would do, and nothing changes',
    async (_, of, code, options) => {
      const it = await controlled(options);
      const tenant = 'tenant' in of ? (of.tenant as string) : 'acme';
      await it.open(tenant);
      const before = it.ladder(tenant);
      expect((await caught(() => it.dry({ ...request, ...of }))).code).toBe(code);
      expect(it.acts()).toEqual([]);
      expect((await caught(() => it.ask({ ...request, ...of }))).code).toBe(code);
      expect(it.acts()).toEqual([['tenant.isolated', ALICE, false]]);
      expect(it.ladder(tenant)).toEqual(before);
    },
  );
});

describe('releasing a tenant by hand', () => {
  const request = { command: 'release', tenant: 'acme' };

  test('puts it to its floor and clears what is held against it', async () => {
    const it = await controlled();
    it.offend();
    expect(await it.ask(request)).toMatchObject({
      changed: true,
      before: { rung: 'process', state: 'confined', evidence: 1 },
      after: { rung: 'coroutine', state: 'free', evidence: 0 },
      isAudited: true,
    });
    expect(it.acts()).toEqual([['tenant.released', ALICE, true]]);
    expect(await it.ask(request)).toMatchObject({ changed: false });
  });

  test('clears the score also of one that is free', async () => {
    const it = await controlled({ escalation: { threshold: 8 } });
    it.offend();
    expect(it.ladder()).toMatchObject({ state: 'free', score: 5 });
    expect(await it.ask(request)).toMatchObject({ changed: true, before: { evidence: 1 } });
    expect(it.ladder()).toMatchObject({ score: 0, lastOffence: null });
  });

  test('that is pinned is refused, as is asking what it would do', async () => {
    const it = await controlled();
    await it.ask({ command: 'pin', tenant: 'acme', rung: 'thread' });
    expect((await caught(() => it.dry(request))).code).toBe('TENANTRY_TENANT_PINNED');
    expect((await caught(() => it.ask(request))).code).toBe('TENANTRY_TENANT_PINNED');
    expect(it.ladder()).toMatchObject({ state: 'pinned', pin: 'thread' });
  });
});

describe('pinning a tenant by hand', () => {
  const request = { command: 'pin', tenant: 'acme', rung: 'thread' };

  test('keeps it there whatever it does, until it is unpinned', async () => {
    const it = await controlled();
    expect(await it.ask(request)).toMatchObject({
      changed: true,
      before: { rung: 'coroutine', state: 'free', pin: null },
      after: { rung: 'thread', state: 'pinned', pin: 'thread' },
    });
    it.offend();
    expect(it.ladder()).toMatchObject({ rung: 'thread', state: 'pinned' });
    expect(await it.ask(request)).toMatchObject({ changed: false });
    expect(await it.ask({ ...request, rung: null })).toMatchObject({
      changed: true,
      before: { rung: 'thread', pin: 'thread' },
      after: { rung: 'coroutine', pin: null },
      said: 'tenant "acme" is pinned no more',
    });
    expect(it.acts().map(([kind]) => kind)).toEqual(['tenant.pinned', 'tenant.unpinned']);
  });

  test('takes no pin from one that has none, wherever it is', async () => {
    const it = await controlled();
    it.offend();
    expect(await it.ask({ ...request, rung: null })).toMatchObject({ changed: false });
    expect(it.ladder()).toMatchObject({ rung: 'process', state: 'confined' });
    expect(it.acts()).toEqual([]);
  });

  test('above its ceiling is refused, as is asking what it would do', async () => {
    const it = await controlled();
    const above = { ...request, tenant: 'low', rung: 'process' };
    expect((await caught(() => it.dry(above))).message).toBe(
      'tenant "low": "process" lies outside of its ceiling',
    );
    expect((await caught(() => it.ask(above))).code).toBe('TENANTRY_OPTIONS_INVALID');
    expect(it.acts()).toEqual([['tenant.pinned', ALICE, false]]);
  });
});

describe('a cap set by hand', () => {
  const cap = (maxSessions: unknown) => ({ command: 'cap', tenant: 'acme', maxSessions });

  test('holds at once, is said with the one before, and is given back', async () => {
    const it = await controlled();
    expect(await it.ask(cap(1))).toMatchObject({
      changed: true,
      before: { maxSessions: 5 },
      after: { maxSessions: 1 },
      isAudited: true,
    });
    await it.open('acme');
    expect((await caught(() => it.open('acme'))).code).toBe('TENANTRY_TENANT_CAP');
    expect(await it.ask(cap(1))).toMatchObject({ changed: false });
    expect(await it.ask(cap(null))).toMatchObject({
      after: { maxSessions: 5 },
      said: 'tenant "acme" has its configured cap',
    });
    await it.open('acme');
    expect(it.acts()).toEqual([
      ['tenant.capped', ALICE, null],
      ['tenant.capped', ALICE, null],
    ]);
  });

  test('below what runs ends nothing, and above 0 waits for room', async () => {
    const it = await controlled();
    const first = await it.open('acme');
    await it.open('acme');
    await it.ask(cap(0));
    expect(first.state).toBe('active');
    await first.cancel();
    expect((await caught(() => it.open('acme'))).code).toBe('TENANTRY_TENANT_CAP');
  });

  test('of a tenant without one is null', async () => {
    const it = await controlled();
    await it.open('free');
    const request = { ...cap(3), tenant: 'free' };
    expect(await it.ask(request)).toMatchObject({ before: { maxSessions: null } });
    expect(await it.ask({ ...request, maxSessions: null })).toMatchObject({
      before: { maxSessions: 3 },
      after: { maxSessions: null },
    });
  });

  test.each([-1, Number.NaN, 1e9, 1.5, Number.POSITIVE_INFINITY, '3'])(
    'of %p is refused with the value and what it may be',
    async (value) => {
      const { pool } = await startedPool({ tenants: { acme: {} } });
      const error = await caught(() => pool.cap('acme', value as number));
      expect(error.code).toBe('TENANTRY_OPTIONS_INVALID');
      expect(error.message).toBe(
        `maxSessions: expected a whole number from 0 to 1000000, received ${typeof value === 'string' ? '"3"' : String(value)}`,
      );
    },
  );
});

describe('a breaker tripped or reset by hand', () => {
  const request = (command: string) => ({ command, tenant: 'acme' });

  test('refuses new sessions, and lets them in again', async () => {
    const it = await controlled();
    expect(await it.ask(request('trip'))).toMatchObject({
      changed: true,
      before: { breaker: 'closed' },
      after: { breaker: 'open', enforced: true },
      isAudited: true,
    });
    expect((await caught(() => it.open('acme'))).code).toBe('TENANTRY_BREAKER_OPEN');
    expect(await it.ask(request('trip'))).toMatchObject({ changed: false });
    expect(await it.ask(request('reset'))).toMatchObject({
      changed: true,
      before: { breaker: 'open' },
      after: { breaker: 'closed', failures: 0 },
    });
    await it.open('acme');
    expect(it.acts().map(([kind, actor]) => [kind, actor])).toEqual([
      ['breaker.tripped', ALICE],
      ['breaker.reset', ALICE],
    ]);
    // By hand it is nothing that the tenant has done.
    expect(it.ladder()).toMatchObject({ score: 0, lastOffence: null });
  });

  test('holds where it is open already and only observes', async () => {
    const it = await controlled({ enableTenantCircuitBreaker: undefined });
    await failing(it, 5);
    expect(it.breaker()).toBe('open');
    await (await it.open('acme')).cancel();
    expect(await it.ask(request('trip'))).toMatchObject({
      changed: true,
      before: { breaker: 'open', enforced: false },
      after: { breaker: 'open', enforced: true },
    });
    expect((await caught(() => it.open('acme'))).code).toBe('TENANTRY_BREAKER_OPEN');
  });

  test('is reset with an empty window also where it is closed', async () => {
    const it = await controlled();
    await failing(it, 4);
    expect(await it.ask(request('reset'))).toMatchObject({
      changed: true,
      before: { breaker: 'closed', failures: 4 },
      after: { failures: 0 },
    });
    await failing(it, 4);
    expect(it.breaker()).toBe('closed');
  });

  test('where there is none is refused', async () => {
    const it = await controlled({ enableTenantCircuitBreaker: false });
    for (const command of ['trip', 'reset']) {
      const error = await caught(() => it.ask(request(command)));
      expect(error.code).toBe('TENANTRY_OPTIONS_INVALID');
      expect(error.message).toContain('enableTenantCircuitBreaker: false');
    }
  });
});

describe('asking what an act would do', () => {
  test.each([
    [{ command: 'isolate', as: 'quarantined' }, { rung: 'quarantined' }],
    [{ command: 'release' }, { rung: 'coroutine', evidence: 0 }],
    [{ command: 'pin', rung: 'process' }, { pin: 'process' }],
    [{ command: 'cap', maxSessions: 2 }, { maxSessions: 2 }],
    [{ command: 'trip' }, { breaker: 'open' }],
    [{ command: 'reset' }, { breaker: 'closed', failures: 0 }],
  ])('%j changes nothing, tells nobody and records nothing', async (request, after) => {
    const it = await controlled({ escalation: { threshold: 8 } });
    it.offend();
    await failing(it, 1);
    const state = [it.ladder(), it.breaker()];
    const reply = await it.dry({ ...request, tenant: 'acme' });
    expect(reply).toMatchObject({ isDryRun: true, changed: true, after });
    expect(reply).not.toHaveProperty('isAudited');
    expect([it.ladder(), it.breaker()]).toEqual(state);
    expect(it.acts()).toEqual([]);
  });
});

describe('an act on what nobody knows', () => {
  const ACTS: [string, object][] = [
    ['isolate', { as: 'thread' }],
    ['release', {}],
    ['pin', { rung: 'thread' }],
    ['cap', { maxSessions: 3 }],
    ['trip', {}],
    ['reset', {}],
    ['drain', { session: null, timeoutMs: null }],
  ];

  test.each(ACTS)(
    '%s of an unknown tenant is refused, and the tenant stays unknown',
    async (command, more) => {
      const it = await controlled();
      for (const ask of [it.ask, it.dry]) {
        expect(await caught(() => ask({ command, tenant: 'nobody', ...more }))).toMatchObject({
          code: 'TENANTRY_TENANT_UNKNOWN',
          message: 'tenant "nobody": none is known',
        });
      }
      expect((await it.life.snapshot()).tenants.map(({ tenant }) => tenant)).not.toContain(
        'nobody',
      );
    },
  );

  test.each([
    'a\nb',
    '\u001b[2Jacme',
    'a\u202eb',
    '__proto__',
    '',
    'x'.repeat(129),
    undefined,
    null,
    7,
  ])('by code with the id %p is refused, quoted on one line', async (name) => {
    const { pool } = await startedPool();
    const id = name as string;
    const calls = [
      () => pool.isolate(id, { as: 'thread' }),
      () => pool.release(id),
      () => pool.pin(id, 'thread'),
      () => pool.cap(id, 3),
      () => pool.trip(id),
      () => pool.reset(id),
    ];
    for (const call of calls) {
      const error = await caught(call);
      expect(error.code).toBe('TENANTRY_TENANT_ID_INVALID');
      expect(error.message).not.toMatch(/[\p{Cc}\u202e]/u);
    }
  });

  test('before the pool runs and after it has closed says so', async () => {
    const { pool } = makePool({ tenants: { acme: {} } });
    expect((await caught(() => pool.cap('acme', 1))).code).toBe('TENANTRY_POOL_NOT_STARTED');
    await pool.start();
    await pool.close();
    expect((await caught(() => pool.cap('acme', 1))).code).toBe('TENANTRY_POOL_CLOSED');
    expect((await caught(() => pool.explain('acme'))).code).toBe('TENANTRY_POOL_CLOSED');
  });
});

test('an act by code names this process’s user', async () => {
  const { pool } = await startedPool({ tenants: { acme: {} } });
  await pool.cap('acme', 1);
  const { records } = await pool.explain('acme');
  expect(records).toEqual([
    expect.objectContaining({
      actor: { kind: 'operator', uid: process.getuid?.() ?? null, via: 'api' },
    }),
  ]);
});

describe('explaining', () => {
  const explain = ({ ask }: Controlled, name: unknown): Promise<Explanation> =>
    ask({ command: 'explain', name }) as unknown as Promise<Explanation>;

  test('a tenant, a session, and a session by the beginning of its id', async () => {
    const it = await controlled();
    const { id } = await it.open('acme');
    expect(await explain(it, 'acme')).toMatchObject({ about: 'tenant', name: 'acme' });
    expect(await explain(it, id)).toMatchObject({ about: 'session', name: id });
    expect(await explain(it, id.slice(0, 8))).toMatchObject({ about: 'session', name: id });
    expect((await caught(() => explain(it, id.slice(0, 7)))).code).toBe('TENANTRY_TENANT_UNKNOWN');
  });

  test('of several sessions that begin so, none is meant', async () => {
    const it = await controlled();
    const { trail } = it.life.running('a test').confinement;
    for (const session of ['3f2a91c0-1', '3f2a91c0-2']) {
      trail.record({ kind: 'session.kicked', session, actor: ALICE, detail: {} });
    }
    await turns();
    const error = await caught(() => explain(it, '3f2a91c0'));
    expect(error.code).toBe('TENANTRY_SESSION_UNKNOWN');
    expect(error.message).toBe('session "3f2a91c0": 2 begin with it: give more of the id');
    expect(await explain(it, '3f2a91c0-2')).toMatchObject({ name: '3f2a91c0-2' });
  });

  test.each([undefined, 7, '', 'x'.repeat(129)])('the name %p is refused', async (name) => {
    const it = await controlled();
    expect((await caught(() => explain(it, name))).code).toBe('TENANTRY_OPTIONS_INVALID');
  });
});

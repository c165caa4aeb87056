import { describe, expect, test } from '@jest/globals';
import { BY_CODE } from '../../src/pool/asking.js';
import { LONGEST_DRAIN_MS } from '../../src/inspector/control.js';
import { caught } from '../caught.js';
import { gate } from '../gate.js';
import { turns } from '../turns.js';
import { ALICE, controlled, type Controlled } from './controlled.js';
import { makePool, patient, startedPool } from './test-pool.js';

/** Of the trail since the start, oldest first: kind, session, detail. */
const trail = ({ life }: Controlled): unknown[] =>
  life
    .running('a test')
    .confinement.trail.recent()
    .filter(({ kind }) => kind !== 'pool.started')
    .map(({ kind, session, detail, actor }) => [kind, session, detail, actor]);

describe('a kick', () => {
  test('ends one session now, says how, and is recorded with who asked', async () => {
    const it = await controlled();
    const [one, other] = [await it.open('acme'), await it.open('acme')];
    expect(await it.ask({ command: 'kick', session: one.id })).toEqual({
      command: 'kick',
      target: one.id,
      isDryRun: false,
      changed: true,
      before: { state: 'active' },
      after: { state: 'ended', reason: 'cancelled', durationMs: 0 },
      said: `session ${one.id} of tenant "acme" is ended with "cancelled"`,
      isAudited: true,
    });
    expect((await one.done).error?.message).toContain('ended by hand (uid 1000)');
    expect(other.state).toBe('active');
    expect(trail(it)).toEqual([
      ['session.kicked', one.id, { agent: 'patient', detail: null }, ALICE],
    ]);
  });

  test('is no evidence against the tenant', async () => {
    const it = await controlled();
    for (let time = 0; time < 20; time += 1) {
      const { id } = await it.open('acme');
      await it.ask({ command: 'kick', session: id });
    }
    expect([it.breaker(), it.ladder().score]).toEqual(['closed', 0]);
  });

  test('by the beginning of the id that tables show ends that session', async () => {
    const it = await controlled();
    const session = await it.open('acme');
    await it.ask({ command: 'kick', session: session.id.slice(0, 8) });
    expect(session.state).toBe('ended');
  });

  test('that is only asked about ends and records nothing', async () => {
    const it = await controlled();
    const session = await it.open('acme');
    const reply = await it.dry({ command: 'kick', session: session.id });
    expect(reply).toMatchObject({ isDryRun: true, after: { state: 'ended' } });
    expect(reply).not.toHaveProperty('isAudited');
    expect([session.state, trail(it)]).toEqual(['active', []]);
  });

  test('by code carries its reason to the outcome', async () => {
    const { pool } = await startedPool({ agents: [patient] });
    const session = await pool.open();
    const { error, reason } = await pool.kick(session.id, 'it is in the way');
    expect(reason).toBe('cancelled');
    expect(error?.message).toMatch(/ended by hand( \(uid \d+\))?: it is in the way/);
  });

  test.each(['nobody', 'a\nb\u001b[2J', '', 'x'.repeat(200), undefined, null, 7])(
    'of %p is refused, quoted on one line',
    async (name) => {
      const { pool } = await startedPool();
      const error = await caught(() => pool.kick(name as string));
      expect(error.code).toBe('TENANTRY_SESSION_UNKNOWN');
      expect(error.message).toMatch(/^session .*: none is known$/);
      expect(error.message).not.toMatch(/\p{Cc}/u);
    },
  );
});

describe('a drain by hand', () => {
  const drain = (more: object) => ({
    command: 'drain',
    tenant: null,
    session: null,
    timeoutMs: 1_000,
    ...more,
  });

  test('of a tenant refuses its new sessions until it is over, and nobody else’s', async () => {
    const it = await controlled();
    const [quick, slow] = [await it.open('acme', 'echo'), await it.open('acme')];
    const draining = it.ask(drain({ tenant: 'acme' }));
    expect((await caught(() => it.open('acme'))).code).toBe('TENANTRY_TENANT_DRAINING');
    await it.open('other');
    await quick.close();
    it.clock.advance(1_000);
    expect(await draining).toMatchObject({
      target: 'acme',
      changed: true,
      before: { sessions: 2 },
      after: { sessions: 0, finished: 1, drained: 1 },
      said: '1 sessions finished, 1 were ended',
      isAudited: true,
    });
    expect((await slow.done).reason).toBe('drained');
    await it.open('acme');
    expect(trail(it)).toContainEqual([
      'tenant.drained',
      undefined,
      { timeoutMs: 1_000, finished: 1, drained: 1 },
      ALICE,
    ]);
  });

  test('of a tenant twice at once refuses its sessions until both are over', async () => {
    const it = await controlled();
    await it.open('acme');
    const drains = [
      it.ask(drain({ tenant: 'acme' })),
      it.ask(drain({ tenant: 'acme', timeoutMs: 5_000 })),
    ];
    it.clock.advance(1_000);
    const after = { sessions: 0, finished: 0, drained: 1 };
    expect(await Promise.all(drains)).toMatchObject([{ after }, { after }]);
    await it.open('acme');
  });

  test('of a tenant leaves no open of before it to start afterwards', async () => {
    const config = gate<unknown>();
    const it = await controlled({
      maxConcurrentSessions: 2,
      fairQueue: {},
      tenants: { acme: { config: () => config.promise } },
    });
    const filling = await it.open('other');
    const asking = it.open('acme');
    const waiting = it.open('acme');
    const drained = it.ask(drain({ tenant: 'acme' }));
    expect((await caught(() => waiting)).code).toBe('TENANTRY_TENANT_DRAINING');
    expect(await drained).toMatchObject({ after: { finished: 0, drained: 0 } });
    config.open({});
    expect((await caught(() => asking)).code).toBe('TENANTRY_TENANT_DRAINING');
    await filling.cancel();
    expect((await it.open('acme')).state).toBe('active');
  });

  test('of one session changes nothing else', async () => {
    const it = await controlled();
    const [one, other] = [await it.open('acme'), await it.open('acme')];
    const draining = it.ask(drain({ session: one.id }));
    await it.open('acme');
    it.clock.advance(1_000);
    expect(await draining).toMatchObject({
      target: one.id,
      after: { drained: 1 },
      isAudited: true,
    });
    expect(other.state).toBe('active');
    expect(trail(it)).toContainEqual([
      'session.drained',
      one.id,
      { timeoutMs: 1_000, finished: 0, drained: 1 },
      ALICE,
    ]);
  });

  test('of the whole pool admits nothing more, and is recorded with who asked', async () => {
    const it = await controlled();
    await it.open('acme');
    const draining = it.ask(drain({}));
    expect((await caught(() => it.open('other'))).code).toBe('TENANTRY_POOL_DRAINING');
    it.clock.advance(1_000);
    expect(await draining).toMatchObject({
      target: 'pool',
      after: { drained: 1 },
      isAudited: true,
    });
    expect(trail(it)).toContainEqual([
      'pool.drained',
      undefined,
      { timeoutMs: 1_000, finished: 0, drained: 1 },
      ALICE,
    ]);
    expect(it.life.state).toBe('draining');
  });

  test('of the whole pool that is hastened is recorded with who did, and is one drain', async () => {
    const it = await controlled();
    await it.open('acme');
    const first = it.life.control.sessions.drain({ timeoutMs: 60_000 });
    const later = it.life.control.sessions.drain({ timeoutMs: 90_000 });
    const hastened = it.ask(drain({ timeoutMs: 100 }));
    it.clock.advance(100);
    expect(await hastened).toMatchObject({ after: { drained: 1 } });
    expect(await Promise.all([first, later])).toEqual([
      { finished: 0, drained: 1 },
      { finished: 0, drained: 1 },
    ]);
    expect(
      (trail(it) as [string, string, { timeoutMs: number }, object][])
        .filter(([kind]) => kind.startsWith('pool.'))
        .map(([kind, , { timeoutMs }, actor]) => [kind, timeoutMs, actor]),
    ).toEqual([
      ['pool.draining', 60_000, BY_CODE.actor],
      ['pool.draining', 100, ALICE],
      ['pool.drained', 100, ALICE],
    ]);
  });

  test('that is only asked about says how many, and drains nobody', async () => {
    const it = await controlled();
    const [one] = [await it.open('acme'), await it.open('acme'), await it.open('other')];
    for (const [of, sessions] of [
      [{}, 3],
      [{ tenant: 'acme' }, 2],
      [{ session: one.id }, 1],
    ] as const) {
      const reply = await it.dry(drain(of));
      expect(reply).toMatchObject({ isDryRun: true, before: { sessions }, after: { sessions: 0 } });
      expect(reply.said).toBe(`${sessions} sessions would be given time to finish`);
    }
    await it.open('acme');
    expect(trail(it)).toEqual([]);
  });

  test.each([-1, Number.NaN, LONGEST_DRAIN_MS + 1, Number.POSITIVE_INFINITY])(
    'for %p ms is refused with the value and what it may be',
    async (timeoutMs) => {
      const { pool } = await startedPool();
      const error = await caught(() => pool.drain({ timeoutMs }));
      expect(error.code).toBe('TENANTRY_OPTIONS_INVALID');
      expect(error.message).toBe(`timeoutMs: expected 0 to 86400000, received ${timeoutMs}`);
      expect(pool.state).toBe('running');
    },
  );

  test('of both, of an unknown one, or of none that could be is refused, and nothing drains', async () => {
    const { pool } = await startedPool({ tenants: { acme: {} } });
    const refusals: [object, string][] = [
      [{ tenant: 'acme', session: 'abcdefgh' }, 'TENANTRY_OPTIONS_INVALID'],
      [{ tenant: 'nobody' }, 'TENANTRY_TENANT_UNKNOWN'],
      [{ tenant: 'a\nb' }, 'TENANTRY_TENANT_ID_INVALID'],
      [{ tenant: null }, 'TENANTRY_TENANT_ID_INVALID'],
      [{ session: 'abcdefgh' }, 'TENANTRY_SESSION_UNKNOWN'],
      [{ session: null }, 'TENANTRY_SESSION_UNKNOWN'],
    ];
    for (const [of, code] of refusals) {
      expect([of, (await caught(() => pool.drain(of))).code]).toEqual([of, code]);
    }
    await pool.open({ tenant: 'acme' });
  });

  test('of a pool that does not run yet, or no more, ends nobody', async () => {
    const { pool } = makePool();
    expect(await pool.drain()).toEqual({ finished: 0, drained: 0 });
    const { pool: closed } = await startedPool();
    await closed.close();
    await turns();
    expect(await closed.drain()).toEqual({ finished: 0, drained: 0 });
  });
});

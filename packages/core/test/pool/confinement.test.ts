import { describe, expect, test } from '@jest/globals';
import type { RuntimeEvent } from '../../src/events/runtime-event.js';
import { parseSnapshot } from '../../src/snapshot/snapshot.js';
import { SHARED_LOOP } from '../../src/vocabulary/rung.js';
import { caught } from '../caught.js';
import { turns } from '../turns.js';
import { controlled, type Controlled } from './controlled.js';
import { agentOf, startedPool } from './test-pool.js';

const TENANTS = Array.from({ length: 40 }, (_, at) => `t${at}`);

interface Watched extends Controlled {
  readonly events: RuntimeEvent[];
  kinds(kind: string): RuntimeEvent[];
}

async function watched(options: Parameters<typeof controlled>[0] = {}): Promise<Watched> {
  const events: RuntimeEvent[] = [];
  const observers = [{ onRuntimeEvent: (event: RuntimeEvent) => void events.push(event) }];
  const it = await controlled({ observers, ...options });
  return { ...it, events, kinds: (kind) => events.filter((event) => event.kind === kind) };
}

/** The crash of an isolate, as the supervisor tells it; three of them are worth a move. */
function crash({ isolates }: Controlled, tenant: string): void {
  isolates.tellEnd(tenant, { reason: 'exit', detail: 'exit code 3', sessionsLost: 1 });
}

function blockOf(tenant: string): RuntimeEvent {
  return {
    kind: 'loop.blocked',
    block: 'block-1',
    isolate: SHARED_LOOP,
    cause: 'session',
    session: 'session-1',
    tenant,
    agent: 'patient',
    startedAtMs: 0,
    durationMs: 200,
    isOngoing: false,
    place: { function: 'run', file: 'agents/blocker.js', line: 4 },
    stack: [],
  };
}

/** The dependency of all tenants is down: every session of every tenant fails, and goes on failing. */
async function allFail(it: Controlled, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    for (const tenant of TENANTS) {
      const session = await it.open(tenant, 'fails').catch(() => undefined);
      await session?.done;
      crash(it, tenant);
    }
  }
}

describe('when all tenants fail at once', () => {
  test('the alarm is raised once, with names, and nobody is moved while it lasts', async () => {
    const it = await watched();
    await allFail(it, 1);
    const before = it.kinds('tenant.escalated').length;
    await allFail(it, 10);
    await turns();
    expect(it.kinds('systemic.raised')).toEqual([
      { kind: 'systemic.raised', failingCount: 5, tenantCount: 5, tenants: TENANTS.slice(0, 5) },
    ]);
    expect(before).toBe(0);
    const carriedOut = it.events.filter(
      (event) => 'carriedOut' in event && event.carriedOut && event.kind.startsWith('tenant.'),
    );
    expect(carriedOut).toEqual([]);
    const snapshot = parseSnapshot(await it.life.snapshot());
    expect(snapshot.confinement).toMatchObject({ systemic: { sinceMs: 0 }, ejected: 0 });
    expect(snapshot.tenants.filter(({ rung }) => rung !== 'coroutine')).toEqual([]);
  });

  test('each tenant is told why it was let be', async () => {
    const it = await watched();
    await allFail(it, 2);
    const { sentences } = (await it.ask({ command: 'explain', name: 't0' })) as unknown as {
      sentences: string[];
    };
    expect(sentences.join('\n')).toContain('was one of 5 tenants out of 5 that failed together');
  });

  test('the alarm is cleared when they succeed again, and offences count again', async () => {
    const it = await watched();
    await allFail(it, 2);
    // Breakers have opened; the world is well again when their cooldown is over.
    it.clock.advance(60_000);
    for (const tenant of TENANTS) await (await it.open(tenant, 'echo')).close();
    await turns();
    expect(it.kinds('systemic.cleared')).toHaveLength(1);
    expect((await it.life.snapshot()).confinement).toMatchObject({ systemic: null });
    for (let time = 0; time < 3; time += 1) crash(it, 't0');
    expect(it.ladder('t0')).toMatchObject({ state: 'confined' });
  });

  test('and no session tells of it, no more than a quarter of them is ever moved up', async () => {
    const it = await watched();
    for (const tenant of TENANTS) await (await it.open(tenant, 'echo')).close();
    for (let time = 0; time < 10; time += 1) for (const tenant of TENANTS) crash(it, tenant);
    await turns();
    const { confinement, tenants } = await it.life.snapshot();
    const known = tenants.length;
    expect(confinement).toMatchObject({ ejected: Math.floor(known / 4), known });
    expect(tenants.filter(({ rung }) => rung !== 'coroutine')).toHaveLength(Math.floor(known / 4));
    const held = it.kinds('tenant.escalated').filter((event) => 'heldBy' in event && event.heldBy);
    expect(new Set(held.map((event) => 'heldBy' in event && event.heldBy))).toEqual(
      new Set(['ejection-share']),
    );
    // Told once per tenant, not once per offence.
    expect(held).toHaveLength(known - Math.floor(known / 4) - 2);
  });
});

describe('an offender that makes its neighbours fail', () => {
  const NEIGHBOURS = TENANTS.slice(0, 6);

  /** The offender holds the shared loop, with its own line, and its neighbours' calls time out. */
  async function harm(it: Watched, times: number): Promise<void> {
    for (let time = 0; time < times; time += 1) {
      it.life.running('a test').events.emit(blockOf('offender'));
      for (const tenant of NEIGHBOURS) await (await it.open(tenant, 'fails')).done;
    }
  }

  test('is moved all the same, and the neighbours stay', async () => {
    const it = await watched({ enableTenantCircuitBreaker: false });
    await it.open('offender');
    await harm(it, 1);
    await turns();
    expect(it.kinds('systemic.raised')).toHaveLength(1);
    await harm(it, 2);
    await turns();
    expect(it.kinds('tenant.escalated')).toMatchObject([
      { tenant: 'offender', to: 'thread', carriedOut: true, heldBy: null },
    ]);
    const { tenants } = await it.life.snapshot();
    expect(tenants.filter(({ rung }) => rung !== 'coroutine')).toMatchObject([
      { tenant: 'offender', rung: 'thread' },
    ]);
  });

  test('finds no alarm to hide behind where tenants reach limits of their own', async () => {
    const it = await watched({ maxDurationMs: 200, abortGraceMs: 100 });
    const sessions = [];
    for (const tenant of NEIGHBOURS) sessions.push(await it.open(tenant, 'patient'));
    it.clock.advance(200);
    for (const { done } of sessions) expect(await done).toMatchObject({ reason: 'timed-out' });
    await turns();
    expect(it.kinds('systemic.raised')).toEqual([]);
  });
});

describe('a tenant in quarantine', () => {
  test('is refused with the time until its next attempt, which shrinks and then is over', async () => {
    const it = await watched({ isolation: 'process', tenants: {} });
    await it.open('acme');
    for (let time = 0; time < 3; time += 1) crash(it, 'acme');
    const refused = (): ReturnType<typeof caught> => caught(() => it.open('acme'));
    expect(await refused()).toMatchObject({
      code: 'TENANTRY_TENANT_QUARANTINED',
      retryAfterMs: 60_000,
    });
    it.clock.advance(20_500);
    expect((await refused()).retryAfterMs).toBe(39_500);
    it.clock.advance(40_000);
    // On probation a share of its sessions is let in again.
    expect(it.ladder()).toMatchObject({ state: 'probation' });
    it.clock.advance(60_000);
    await it.open('acme');
  });

  test('that is refused ten thousand times makes one record of it a minute', async () => {
    const it = await watched({ isolation: 'process', tenants: {} });
    await it.open('acme');
    await it.ask({ command: 'isolate', tenant: 'acme', as: 'quarantined' });
    for (let time = 0; time < 10_000; time += 1) await it.open('acme').catch(() => {});
    it.clock.advance(60_000);
    const records = it.life
      .running('a test')
      .confinement.trail.recent()
      .filter(({ kind }) => kind === 'admission.refused');
    expect(records).toEqual([
      expect.objectContaining({
        tenant: 'acme',
        detail: { reasons: { quarantined: 10_000 }, forMs: 60_000 },
      }),
    ]);
  });
});

describe('ten thousand tenants', () => {
  test('that each come once do not let a confined one out', async () => {
    const it = await watched({ maxConcurrentSessions: 20_000 });
    await (await it.open('acme2', 'echo')).close();
    it.offend('acme2');
    for (let at = 0; at < 10_000; at += 1) await (await it.open(`n${at}`, 'echo')).close();
    expect(it.ladder('acme2')).toMatchObject({ rung: 'process', state: 'confined' });
    const snapshot = parseSnapshot(await it.life.snapshot());
    expect(snapshot.tenants.length).toBeLessThanOrEqual(10_001);
    expect(snapshot.tenants.map(({ tenant }) => tenant)).toContain('(forgotten)');
    expect(snapshot.totals.totalSessionFailures).toBe(0);
  });

  test.each(['a\nb', 'a\u001b[2Jb', 'a\u202eb', 'a"b', 'a\\b', '<b>', 'é', '__proto__'])(
    'named like %j are refused and counted as one, their name in no log and no snapshot',
    async (tenant) => {
      const echo = agentOf('echo', () => 'done');
      const { pool, log } = await startedPool({ agents: [echo] });
      for (let time = 0; time < 3; time += 1) {
        expect((await caught(() => pool.open({ tenant }))).code).toBe('TENANTRY_TENANT_ID_INVALID');
      }
      const snapshot = parseSnapshot(await pool.snapshot());
      expect(snapshot.tenants).toEqual([
        expect.objectContaining({ tenant: '(malformed)', refusals: { malformed: 3 } }),
      ]);
      for (const text of [JSON.stringify(snapshot), JSON.stringify(log.lines)]) {
        expect(text).not.toContain(JSON.stringify(tenant).slice(1, -1));
      }
    },
  );
});

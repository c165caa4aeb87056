import { describe, expect, test } from '@jest/globals';
import type { RuntimeEvent } from '../../src/events/runtime-event.js';
import type { AgentPool } from '../../src/pool/agent-pool.js';
import type { Outcome } from '../../src/session/outcome.js';
import type { Snapshot } from '../../src/snapshot/snapshot.js';
import { parseSnapshot } from '../../src/snapshot/snapshot.js';
import { codeOf } from '../../src/errors/errors.js';
import { caught } from '../caught.js';
import { turns } from '../turns.js';
import { FakeIsolates } from './fake-isolates.js';
import { agentOf, deaf, echo, patient, startedPool, type TestPool } from './test-pool.js';

const fails = agentOf('fails', () => {
  throw new Error('as it does');
});
const works = agentOf('works', () => 'done');
const agents = [fails, works, patient, echo];

const run = async (pool: AgentPool, agent: string, tenant = 'acme'): Promise<Outcome> =>
  (await pool.open({ tenant, agent })).done;

async function fail(pool: AgentPool, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) await run(pool, 'fails');
}

async function row(pool: AgentPool, tenant = 'acme'): Promise<Snapshot['tenants'][number]> {
  const snapshot = parseSnapshot(await pool.snapshot());
  return snapshot.tenants.find((one) => one.tenant === tenant)!;
}

const told = ({ log }: TestPool): string[] =>
  log.lines
    .filter(({ message }) => message.startsWith('[circuit-breaker]'))
    .map(({ level, message }) => `${level} ${message}`);

describe('a pool with circuit breakers', () => {
  test('refuses a tenant whose sessions keep failing, lets one probe, and says so', async () => {
    const events: RuntimeEvent[] = [];
    const made = await startedPool({
      agents,
      enableTenantCircuitBreaker: true,
      observers: [{ onRuntimeEvent: (event) => void events.push(event) }],
    });
    const { pool, clock } = made;
    await fail(pool, 5);
    const refused = await caught(() => pool.open({ tenant: 'acme', agent: 'works' }));
    expect([refused.code, refused.retryAfterMs]).toEqual(['TENANTRY_BREAKER_OPEN', 30_000]);
    expect((await run(pool, 'works', 'other')).status).toBe('succeeded');
    expect(await row(pool)).toMatchObject({
      refusals: { breaker: 1 },
      breaker: { state: 'open', enforced: true, trips: 1, failures: 5, samples: 5 },
    });
    clock.advance(30_000);
    const probe = await pool.open({ tenant: 'acme', agent: 'patient' });
    expect((await caught(() => pool.open({ tenant: 'acme' }))).code).toBe('TENANTRY_BREAKER_OPEN');
    await probe.close();
    expect((await row(pool)).breaker).toMatchObject({ state: 'closed', trips: 1, samples: 0 });
    expect(told(made)).toEqual([
      "warn [circuit-breaker] tenant 'acme' opened after 5/5 failures; rejecting its new sessions for 30s",
      "info [circuit-breaker] tenant 'acme' half-open; its next new session is a probe",
      "info [circuit-breaker] tenant 'acme' recovered",
    ]);
    await turns();
    expect(events).toEqual([
      {
        kind: 'breaker.opened',
        tenant: 'acme',
        failures: 5,
        samples: 5,
        cooldownMs: 30_000,
        byHand: false,
        enforced: true,
      },
      { kind: 'breaker.half-open', tenant: 'acme', enforced: true },
      { kind: 'breaker.closed', tenant: 'acme', enforced: true },
    ]);
  });

  test('shows that a cooldown is over although nobody opens a session', async () => {
    const { pool, clock } = await startedPool({ agents, enableTenantCircuitBreaker: true });
    await fail(pool, 5);
    clock.advance(29_999);
    expect((await row(pool)).breaker).toMatchObject({ state: 'open', nextProbeInMs: 1 });
    clock.advance(1);
    expect((await row(pool)).breaker).toMatchObject({ state: 'half-open', nextProbeInMs: null });
  });

  test('takes a drain, a cancelled session and refusals for no evidence', async () => {
    const { pool } = await startedPool({
      agents,
      enableTenantCircuitBreaker: true,
      tenants: { acme: { maxSessions: 3 } },
    });
    const open = (): ReturnType<AgentPool['open']> =>
      pool.open({ tenant: 'acme', agent: 'patient' });
    for (let time = 0; time < 10; time += 1) await (await open()).cancel();
    const left = await Promise.all([open(), open(), open()]);
    for (let time = 0; time < 10; time += 1) await caught(open);
    await pool.drain({ timeoutMs: 0 });
    expect((await left[0].done).reason).toBe('drained');
    expect((await row(pool)).breaker).toMatchObject({ state: 'closed', samples: 0 });
  });

  const mixed = async (pool: AgentPool, failures: number, of: number): Promise<void> => {
    // Spread evenly, a success first: at no moment has a larger share failed.
    for (let at = 0; at < of; at += 1) {
      await run(pool, (at * failures) % of >= of - failures ? 'fails' : 'works');
    }
  };
  const ratioOnly = {
    agents,
    circuitBreaker: { minimumSamples: 100, consecutiveFailures: 1_000_000 },
  };

  test('lets 49 and 50 of 100 fail for ever, and opens above that at its minimum of samples', async () => {
    for (const failures of [49, 50]) {
      const { pool } = await startedPool(ratioOnly);
      for (let round = 0; round < 5; round += 1) await mixed(pool, failures, 100);
      expect((await row(pool)).breaker).toMatchObject({ state: 'closed', trips: 0 });
    }
    const { pool } = await startedPool(ratioOnly);
    await fail(pool, 99);
    expect((await row(pool)).breaker).toMatchObject({ state: 'closed', samples: 99 });
    await fail(pool, 1);
    expect((await row(pool)).breaker).toMatchObject({ state: 'open', failures: 100, samples: 100 });
  });

  test('lets exactly one of a hundred parallel opens probe, and takes a probe that hangs for a failure', async () => {
    const { pool, clock } = await startedPool({
      agents: [...agents, deaf],
      enableTenantCircuitBreaker: true,
    });
    await fail(pool, 5);
    for (const cooldownMs of [60_000, 120_000, 240_000, 300_000, 300_000]) {
      clock.advance((await row(pool)).breaker!.nextProbeInMs!);
      const opens = await Promise.allSettled(
        Array.from({ length: 100 }, () => pool.open({ tenant: 'acme', agent: 'deaf' })),
      );
      expect(opens.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      clock.advance(29_999);
      expect((await row(pool)).breaker).toMatchObject({ state: 'half-open' });
      clock.advance(1);
      expect((await row(pool)).breaker).toMatchObject({ state: 'open', nextProbeInMs: cooldownMs });
    }
    clock.advance(300_000);
    expect((await run(pool, 'works')).status).toBe('succeeded');
    expect((await row(pool)).breaker).toMatchObject({ state: 'closed', cooldownMs: 300_000 });
    // Each minute of health takes a step back.
    clock.advance(600_000);
    expect((await row(pool)).breaker).toMatchObject({ cooldownMs: 30_000 });
  });

  test('by default refuses nobody and logs what it would have done', async () => {
    const made = await startedPool({ agents });
    await fail(made.pool, 20);
    expect((await run(made.pool, 'works')).status).toBe('succeeded');
    expect((await row(made.pool)).breaker).toMatchObject({
      state: 'open',
      enforced: false,
      trips: 1,
    });
    expect(told(made)).toEqual([
      "warn [circuit-breaker] tenant 'acme' would have opened after 5/5 failures; not enforced",
    ]);
  });

  test('has none where that is said', async () => {
    const { pool } = await startedPool({ agents, enableTenantCircuitBreaker: false });
    await fail(pool, 10);
    expect((await row(pool)).breaker).toBeNull();
  });

  test('does not wait for another hour because the wall clock jumps', async () => {
    const { pool, clock } = await startedPool({
      agents,
      enableTenantCircuitBreaker: true,
      tenants: { acme: { rateLimit: { sessionsPerSecond: 1, burst: 5 } } },
    });
    await fail(pool, 5);
    const epochMs = clock.epochMs();
    for (const jumpMs of [3_600_000, -3_600_000]) {
      clock.epochMs = () => epochMs + jumpMs;
      expect(await caught(() => run(pool, 'works'))).toMatchObject({ retryAfterMs: 30_000 });
    }
    clock.advance(30_000);
    expect((await run(pool, 'works')).status).toBe('succeeded');
  });

  test('gives the place of a probe that could not be started back', async () => {
    const isolates = new FakeIsolates();
    const { pool, clock } = await startedPool({
      agents: [echo],
      isolates: isolates.factory,
      isolation: 'process',
      enableTenantCircuitBreaker: true,
      circuitBreaker: { consecutiveFailures: 1 },
    });
    const open = (): ReturnType<AgentPool['open']> => pool.open({ tenant: 'acme' });
    const failing = open();
    isolates.starts[0]!.place();
    isolates.starts[0]!.end({ reason: 'isolate-crashed', error: new Error('gone') });
    await (
      await failing
    ).done;
    clock.advance(30_000);
    for (let time = 1; time < 4; time += 1) {
      const probing = caught(open);
      isolates.starts[time]!.gate.fail(new Error('no room'));
      expect((await probing).message).toBe('no room');
    }
    expect((await row(pool)).breaker).toMatchObject({ state: 'half-open', trips: 1 });
    const probe = open();
    isolates.starts[4]!.place();
    await probe;
    expect((await caught(open)).code).toBe('TENANTRY_BREAKER_OPEN');
  });
});

test('a burst of ten times the rate starts exactly the burst, and a retry in time succeeds', async () => {
  const { pool, clock } = await startedPool({
    agents,
    rateLimit: { sessionsPerSecond: 20, burst: 30 },
    tenants: { quick: { rateLimit: { sessionsPerSecond: 1_000 } } },
  });
  const opens = await Promise.allSettled(
    Array.from({ length: 300 }, () => pool.open({ tenant: 'acme', agent: 'works' })),
  );
  const refused = opens.flatMap((open) => (open.status === 'rejected' ? [open.reason] : []));
  expect(refused).toHaveLength(270);
  expect(new Set(refused.map(codeOf))).toEqual(new Set(['TENANTRY_RATE_LIMITED']));
  const { retryAfterMs } = refused[0] as { retryAfterMs: number };
  expect(retryAfterMs).toBe(50);
  clock.advance(retryAfterMs);
  expect((await run(pool, 'works')).status).toBe('succeeded');
  expect((await row(pool)).refusals).toEqual({ 'rate-limit': 270 });
  for (let time = 0; time < 100; time += 1) await run(pool, 'works', 'quick');
});

describe('a full pool with a fair queue', () => {
  const full = async (): Promise<TestPool> =>
    startedPool({
      agents,
      maxConcurrentSessions: 2,
      fairQueue: { maxWaiting: 20, maxWaitingPerTenant: 15, maxWaitMs: 1_000 },
    });

  test('lets opens wait, the others before the flood’s second, and shows them', async () => {
    const { pool, clock } = await full();
    const running = [
      await pool.open({ tenant: 'flood', agent: 'patient' }),
      await pool.open({ tenant: 'flood', agent: 'patient' }),
    ];
    const started: string[] = [];
    const open = async (tenant: string): Promise<void> => {
      const session = await pool.open({ tenant, agent: 'patient' });
      started.push(tenant);
      running.push(session);
    };
    const opens = Array.from({ length: 10 }, () => open('flood'));
    clock.advance(10);
    opens.push(open('acme'));
    clock.advance(5);
    expect(await row(pool, 'flood')).toMatchObject({ queued: { waiting: 10, oldestMs: 15 } });
    expect(await row(pool, 'acme')).toMatchObject({ queued: { waiting: 1, oldestMs: 5 } });
    await running.shift()!.cancel();
    await running.shift()!.cancel();
    await turns();
    expect(started).toEqual(['flood', 'acme']);
    expect(await row(pool, 'acme')).toMatchObject({ queued: { waiting: 0, oldestMs: 0 } });
    clock.advance(1_000);
    expect(
      (await Promise.allSettled(opens)).filter(({ status }) => status === 'rejected'),
    ).toHaveLength(9);
    expect((await row(pool, 'flood')).refusals).toEqual({ 'queue-timeout': 9 });
  });

  test('refuses at once whoever finds the line full, and starts nobody who has waited too long', async () => {
    const { pool, clock } = await full();
    const running = [
      await pool.open({ tenant: 'acme', agent: 'patient' }),
      await pool.open({ tenant: 'acme', agent: 'patient' }),
    ];
    const outcomes: string[] = [];
    const ask = (tenant: string): Promise<unknown> =>
      pool.open({ tenant, agent: 'patient' }).then(
        () => outcomes.push('started'),
        (error: unknown) => outcomes.push(codeOf(error)!),
      );
    const flood = Array.from({ length: 1_000 }, () => ask('flood'));
    const others = Array.from({ length: 10 }, () => ask('acme'));
    await turns();
    // 15 of the flood and 5 others wait; everybody else has been told already.
    expect(outcomes).toEqual(Array.from({ length: 990 }, () => 'TENANTRY_QUEUE_FULL'));
    expect(await row(pool, 'flood')).toMatchObject({
      queued: { waiting: 15 },
      refusals: { 'queue-full': 985 },
    });
    clock.advance(1_000);
    await Promise.all([...flood, ...others]);
    expect(outcomes.slice(990)).toEqual(Array.from({ length: 20 }, () => 'TENANTRY_QUEUE_TIMEOUT'));
    for (const session of running) await session.cancel();
    await turns(2);
    expect((await pool.snapshot()).totals.activeSessions).toBe(0);
  });

  test('refuses who waits when it drains or closes', async () => {
    for (const how of ['drain', 'close'] as const) {
      const { pool } = await full();
      const running = [
        await pool.open({ agent: 'patient' }),
        await pool.open({ agent: 'patient' }),
      ];
      const waiting = caught(() => pool.open({ agent: 'patient' }));
      const ending = pool[how]();
      expect((await waiting).code).toBe('TENANTRY_POOL_DRAINING');
      for (const session of running) await session.cancel();
      await ending;
      expect((await pool.snapshot()).totals.activeSessions).toBe(0);
    }
  });

  test('starts nobody where a drain begins in the turn that frees a permit', async () => {
    const isolates = new FakeIsolates();
    const { pool } = await startedPool({
      isolates: isolates.factory,
      isolation: 'process',
      maxConcurrentSessions: 1,
      fairQueue: {},
    });
    const running = pool.open();
    isolates.starts[0]!.place();
    await running;
    const waiting = caught(() => pool.open());
    isolates.starts[0]!.end({ reason: 'completed', result: 1 });
    const drained = pool.drain();
    expect((await waiting).code).toBe('TENANTRY_POOL_DRAINING');
    await drained;
    expect(isolates.starts).toHaveLength(1);
    expect(await row(pool, 'default')).toMatchObject({
      active: 0,
      queued: { waiting: 0, oldestMs: 0 },
      refusals: { draining: 1 },
    });
  });

  test('leaves when the caller’s signal aborts', async () => {
    const { pool } = await full();
    const running = [await pool.open({ agent: 'patient' }), await pool.open({ agent: 'patient' })];
    const caller = new AbortController();
    const waiting = caught(() => pool.open({ agent: 'patient', signal: caller.signal }));
    caller.abort();
    expect((await waiting).code).toBe('TENANTRY_SESSION_CANCELLED');
    await running[0]!.cancel();
    expect((await row(pool, 'default')).active).toBe(1);
  });

  test('refuses a tenant at its own cap at once', async () => {
    const { pool } = await startedPool({
      agents,
      fairQueue: {},
      tenants: { acme: { maxSessions: 1 } },
    });
    await pool.open({ tenant: 'acme', agent: 'patient' });
    expect((await caught(() => pool.open({ tenant: 'acme' }))).code).toBe('TENANTRY_TENANT_CAP');
  });

  test('never runs more than it may, whoever comes and goes', async () => {
    const { pool } = await full();
    let most = 0;
    const one = async (index: number): Promise<void> => {
      const session = await pool.open({ tenant: `t${index % 3}`, agent: 'echo' });
      most = Math.max(most, (await pool.snapshot()).totals.activeSessions);
      await session.close();
    };
    const opens = await Promise.allSettled(Array.from({ length: 22 }, (_, index) => one(index)));
    expect(opens.every(({ status }) => status === 'fulfilled')).toBe(true);
    expect(most).toBe(2);
  });
});

test('exactly 7 of 1,000 parallel opens start against a cap of 7, queue or not', async () => {
  for (const queue of [{}, { fairQueue: {} }]) {
    const { pool } = await startedPool({ agents, tenants: { acme: { maxSessions: 7 } }, ...queue });
    const opens = await Promise.allSettled(
      Array.from({ length: 1_000 }, () => pool.open({ tenant: 'acme', agent: 'patient' })),
    );
    expect(opens.filter(({ status }) => status === 'fulfilled')).toHaveLength(7);
    expect((await row(pool)).refusals).toEqual({ 'tenant-cap': 993 });
  }
});

import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { defineAgent } from '../../src/host/agent.js';
import type { Session, SessionJob } from '../../src/host/session.js';
import type { JobRecord } from '../../src/jobs/job.js';
import type { AgentPool } from '../../src/pool/agent-pool.js';
import type { AgentPoolOptions } from '../../src/pool/pool-options.js';
import { caught } from '../caught.js';
import { agentOf, deaf, patient, startedPool, type TestPool } from '../pool/test-pool.js';
import { tempFolder } from '../temp-folder.js';
import { until } from '../until.js';

const double = agentOf('double', (session) => (session.input as number) * 2);
const broken = agentOf('broken', () => {
  throw Object.assign(new Error('the provider is down'), { code: 'EPROVIDER' });
});

const withJobs = (options: AgentPoolOptions = {}): Promise<TestPool> =>
  startedPool({ agents: [double, broken, patient, deaf], jobs: { durable: false }, ...options });

const stateOf = (pool: AgentPool, id: string): string | undefined => pool.jobs.get(id)?.state;

/** Moves the clock until the job is over. */
async function over({ pool, clock }: TestPool, id: string): Promise<JobRecord> {
  await until(`${id} is over`, () => {
    const state = stateOf(pool, id);
    if (state === 'retrying' || state === 'queued') clock.advance(1_000);
    return state === 'done' || state === 'dead_letter' || state === 'cancelled';
  });
  return pool.jobs.get(id)!;
}

describe('a job', () => {
  test('runs to its end without a client, and its result can be asked for', async () => {
    const { pool } = await withJobs();
    const submitted = await pool.jobs.submit({ tenant: 'acme', agent: 'double', input: 21 });
    expect(submitted).toMatchObject({ state: 'queued', tenant: 'acme', isDurable: false });
    const done = await pool.jobs.settled(submitted.id);
    expect(done).toMatchObject({ state: 'done', result: 42, attemptCount: 1, resultLost: null });
    expect(done.attempts).toMatchObject([{ reason: 'completed', rung: 'coroutine', error: null }]);
    expect(pool.jobs.list({ tenant: 'acme', state: 'done' })).toHaveLength(1);
    expect(pool.jobs.list({ tenant: 'other' })).toEqual([]);
  });

  test('that keeps failing is retried with growing waits, and ends as a dead letter with every error', async () => {
    const made = await withJobs();
    const { pool, log } = made;
    const retry = { maxAttempts: 3, baseDelayMs: 100 };
    const { id } = await pool.jobs.submit({ agent: 'broken', input: { n: 1 }, retry });
    await until('it waits for its second attempt', () => stateOf(pool, id) === 'retrying');
    expect(pool.jobs.get(id)!.nextTryInMs).toBeLessThanOrEqual(100);
    const dead = await over(made, id);
    expect(dead).toMatchObject({ state: 'dead_letter', input: { n: 1 }, attemptCount: 3 });
    expect(dead.attempts.map(({ reason, error }) => [reason, error?.message, error?.code])).toEqual(
      Array.from({ length: 3 }, () => ['failed', 'the provider is down', 'EPROVIDER']),
    );
    expect(pool.jobs.deadLetters.list()).toMatchObject([{ id, lastError: { code: 'EPROVIDER' } }]);
    expect(log.lines.filter(({ fields }) => fields['kind'] === 'job.dead-letter')).toHaveLength(1);
  });

  test('tells its agent which attempt it is', async () => {
    const told: (SessionJob | undefined)[] = [];
    const twice = agentOf('twice', (session) => {
      told.push(session.job);
      if (told.length === 1) throw new Error('once');
    });
    const made = await withJobs({ agents: [twice] });
    const { id } = await made.pool.jobs.submit({ agent: 'twice' });
    await over(made, id);
    expect(told).toEqual([
      { id, attempt: 1, interrupted: false },
      { id, attempt: 2, interrupted: false },
    ]);
    const session = await made.pool.open({ agent: 'twice' });
    await session.close();
    expect(told[2]).toBeUndefined();
  });

  test('may send as much as it likes: nobody has to read it', async () => {
    const chatty = agentOf('chatty', async (session) => {
      for (let n = 0; n < 500; n += 1) await session.send({ n });
      return 'said';
    });
    const { pool } = await withJobs({ agents: [chatty] });
    const { id } = await pool.jobs.submit({ agent: 'chatty' });
    expect(await pool.jobs.settled(id)).toMatchObject({ state: 'done', result: 'said' });
  });

  test('has no result where that is no JSON or too large, and says so', async () => {
    const odd = agentOf('odd', ({ input }) => (input === 'big' ? 'x'.repeat(2_000) : 10n));
    const { pool } = await withJobs({
      agents: [odd],
      jobs: { durable: false, maxPayloadBytes: 1_024 },
    });
    const lostOf = async (input: string): Promise<string | null> => {
      const { id } = await pool.jobs.submit({ agent: 'odd', input });
      return (await pool.jobs.settled(id)).resultLost;
    };
    expect([await lostOf('big'), await lostOf('bigint')]).toEqual(['too-large', 'not-json']);
  });

  test('waits for its delay, and is not started after its deadline', async () => {
    const made = await withJobs({ maxConcurrentSessions: 1 });
    const { pool, clock } = made;
    const late = await pool.jobs.submit({ agent: 'double', input: 1, delayMs: 5_000 });
    expect(late.nextTryInMs).toBe(5_000);
    clock.advance(4_900);
    expect(stateOf(pool, late.id)).toBe('queued');
    clock.advance(200);
    await over(made, late.id);
    const session = await pool.open({ agent: 'patient' });
    const { id } = await pool.jobs.submit({ agent: 'double', input: 1, deadlineMs: 10_000 });
    await until('it is refused', () => pool.jobs.get(id)!.heldBy === 'TENANTRY_POOL_CAP');
    clock.advance(10_001);
    const dead = await over(made, id);
    expect(dead.attempts).toMatchObject([
      { reason: 'deadline', error: { code: 'TENANTRY_JOB_DEADLINE' } },
    ]);
    await session.cancel();
  });

  test.each([3_600_000, -3_600_000])(
    'waits no longer and no shorter for a wall clock that jumps by %d ms',
    async (jumpMs) => {
      const made = await withJobs();
      const { pool, clock } = made;
      const { id } = await pool.jobs.submit({ agent: 'double', input: 1, delayMs: 5_000 });
      const epochMs = clock.epochMs();
      clock.epochMs = () => epochMs + jumpMs;
      clock.advance(4_900);
      expect(stateOf(pool, id)).toBe('queued');
      clock.advance(200);
      expect((await pool.jobs.settled(id)).state).toBe('done');
      // One timer that is due much later, not one after the other.
      expect(clock.armedCount).toBeLessThan(10);
    },
  );

  test('can be cancelled while it waits and while it runs, and not afterwards', async () => {
    const made = await withJobs({ abortGraceMs: 100 });
    const { pool } = made;
    const waiting = await pool.jobs.submit({ agent: 'double', input: 1, delayMs: 60_000 });
    expect(await pool.jobs.cancel(waiting.id)).toMatchObject({ state: 'cancelled' });
    const held = agentOf(
      'held',
      ({ signal }) =>
        new Promise((_ok, no) => {
          signal.addEventListener('abort', () => no(signal.reason as Error));
        }),
    );
    pool.add(held);
    const running = await pool.jobs.submit({ agent: 'held' });
    await until('it runs', () => stateOf(pool, running.id) === 'running');
    expect(await pool.jobs.cancel(running.id)).toMatchObject({ state: 'cancelled' });
    made.clock.advance(100_000);
    expect(stateOf(pool, waiting.id)).toBe('cancelled');
    expect((await caught(() => pool.jobs.cancel(running.id))).code).toBe('TENANTRY_JOB_SETTLED');
    expect((await caught(() => pool.jobs.cancel('none'))).code).toBe('TENANTRY_JOB_UNKNOWN');
  });
});

describe('a submission', () => {
  test('is refused for what a job cannot be, by a code', async () => {
    const strict = defineAgent({
      name: 'strict',
      input: z.object({ n: z.number() }),
      run: () => 1,
    });
    const { pool } = await withJobs({ agents: [strict, double] });
    const codeOf = async (request: object): Promise<string> =>
      (await caught(() => pool.jobs.submit(request))).code;
    const cyclic: Record<string, unknown> = {};
    cyclic['self'] = cyclic;
    expect(await codeOf({ agent: 'nobody' })).toBe('TENANTRY_AGENT_UNKNOWN');
    expect(await codeOf({ agent: 'strict', input: { n: 'x' } })).toBe('TENANTRY_INPUT_INVALID');
    expect(await codeOf({ tenant: '../x', agent: 'double' })).toBe('TENANTRY_TENANT_ID_INVALID');
    expect(await codeOf({ agent: 'double', prio: 1 })).toBe('TENANTRY_OPTIONS_INVALID');
    expect(await codeOf({ agent: 'double', retry: { maxAttempts: 0 } })).toBe(
      'TENANTRY_OPTIONS_INVALID',
    );
    expect(await codeOf({ agent: 'double', input: 'x'.repeat(70_000) })).toBe(
      'TENANTRY_JOB_TOO_LARGE',
    );
    const proto: unknown = JSON.parse('{"__proto__":{"polluted":true}}');
    for (const input of [new Date(), 1n, Number.NaN, () => 1, { a: [new Map()] }, cyclic, proto]) {
      expect(await codeOf({ agent: 'double', input })).toBe('TENANTRY_JOB_NOT_JSON');
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(pool.jobs.list()).toEqual([]);
  });

  test('is refused without a state directory, unless memory will do', async () => {
    const { pool } = await startedPool({ agents: [double] });
    const error = await caught(() => pool.jobs.submit({ agent: 'double', input: 1 }));
    expect(error.code).toBe('TENANTRY_JOBS_NOT_DURABLE');
    expect((await pool.snapshot()).jobs).toBeUndefined();
  });

  test('with a key that was used before is the job of that key, also at the same time', async () => {
    const { pool } = await withJobs();
    const request = { tenant: 'a', agent: 'double', input: 1, idempotencyKey: 'order-7' };
    const [first, second] = await Promise.all([
      pool.jobs.submit(request),
      pool.jobs.submit(request),
    ]);
    expect(second.id).toBe(first.id);
    await pool.jobs.settled(first.id);
    expect(await pool.jobs.submit(request)).toMatchObject({ id: first.id, state: 'done' });
    expect((await pool.jobs.submit({ ...request, tenant: 'b' })).id).not.toBe(first.id);
    const other = await caught(() => pool.jobs.submit({ ...request, input: 2 }));
    expect(other.code).toBe('TENANTRY_JOB_KEY_REUSED');
  });

  test('is refused by its tenant’s full queue only, and by a full store', async () => {
    const { pool } = await withJobs({
      tenants: { flood: { maxSessions: 0 } },
      jobs: { durable: false, maxQueuedPerTenant: 3, maxStoredBytes: 1_048_576 },
    });
    for (let n = 0; n < 3; n += 1) await pool.jobs.submit({ tenant: 'flood', agent: 'double' });
    const full = await caught(() => pool.jobs.submit({ tenant: 'flood', agent: 'double' }));
    expect([full.code, full.retryAfterMs]).toEqual(['TENANTRY_JOB_QUEUE_FULL', 1_000]);
    const { id } = await pool.jobs.submit({ tenant: 'calm', agent: 'double', input: 4 });
    expect(await pool.jobs.settled(id)).toMatchObject({ result: 8 });
    const refusals: string[] = [];
    for (let n = 0; n < 30; n += 1) {
      const request = { tenant: `t${n}`, agent: 'double', input: 'x'.repeat(60_000), delayMs: 1e6 };
      await pool.jobs.submit(request).catch(({ code }: { code: string }) => refusals.push(code));
    }
    expect(new Set(refusals)).toEqual(new Set(['TENANTRY_JOB_STORE_FULL']));
    expect((await pool.snapshot()).jobs!.storedBytes).toBeLessThanOrEqual(1_048_576 + 70_000);
  });
});

describe('admission', () => {
  test('that refuses a job makes it wait, and counts no attempt', async () => {
    const made = await withJobs({ tenants: { a: { maxSessions: 1 } } });
    const { pool, clock } = made;
    const holder = await pool.open({ tenant: 'a', agent: 'patient' });
    const { id } = await pool.jobs.submit({ tenant: 'a', agent: 'double', input: 1 });
    await until('it is refused', () => pool.jobs.get(id)!.heldBy === 'TENANTRY_TENANT_CAP');
    clock.advance(5_000);
    expect(pool.jobs.get(id)).toMatchObject({ state: 'queued', attemptCount: 0, attempts: [] });
    await holder.cancel();
    clock.advance(1_000);
    expect(await over(made, id)).toMatchObject({ state: 'done', attemptCount: 1, heldBy: null });
  });

  test('of a flooding tenant’s backlog delays nobody else’s job', async () => {
    const order: string[] = [];
    const noting = agentOf('noting', (session: Session) => void order.push(session.tenant));
    const { pool } = await withJobs({
      agents: [noting],
      jobs: { durable: false, maxRunning: 2, maxRunningPerTenant: 1 },
    });
    const flood = Array.from({ length: 500 }, () =>
      pool.jobs.submit({ tenant: 'flood', agent: 'noting' }),
    );
    const calm = await pool.jobs.submit({ tenant: 'calm', agent: 'noting' });
    await pool.jobs.settled(calm.id);
    expect(order.indexOf('calm')).toBeLessThan(10);
    await Promise.all(flood.map(async (one) => pool.jobs.settled((await one).id)));
    expect(order).toHaveLength(501);
  });

  test('holds one agent at its cap, and not the others of the tenant', async () => {
    const { pool } = await withJobs({ maxSessionsPerAgent: { broken: 0 } });
    const held = await pool.jobs.submit({ agent: 'broken' });
    const { id } = await pool.jobs.submit({ agent: 'double', input: 2 });
    expect(await pool.jobs.settled(id)).toMatchObject({ result: 4 });
    expect(pool.jobs.get(held.id)).toMatchObject({ heldBy: 'TENANTRY_AGENT_CAP' });
  });
});

describe('dead letters', () => {
  const failing = async (tenants: readonly string[], stateDir?: string): Promise<TestPool> => {
    const made = await withJobs({
      jobs: {
        durable: stateDir !== undefined,
        retry: { maxAttempts: 1 },
        maxDeadLettersPerTenant: 3,
        keepDeadLettersMs: 600_000,
      },
      ...(stateDir === undefined ? {} : { stateDir }),
    });
    for (const tenant of tenants) {
      const { id } = await made.pool.jobs.submit({ tenant, agent: 'broken', input: { tenant } });
      await made.pool.jobs.settled(id);
    }
    return made;
  };

  test('are tried again by hand with all attempts, or dropped, and both are audited', async () => {
    const stateDir = tempFolder();
    const { pool } = await failing(['a', 'a', 'b'], stateDir);
    const [ofB, ...ofA] = pool.jobs.deadLetters.list();
    expect([ofB!.tenant, ...ofA.map(({ tenant }) => tenant)]).toEqual(['b', 'a', 'a']);
    const reply = await pool.jobs.deadLetters.retry({ job: ofB!.id });
    expect(reply).toMatchObject({ changed: true, isAudited: true, target: ofB!.id });
    expect(await pool.jobs.settled(ofB!.id)).toMatchObject({
      attemptCount: 2,
      state: 'dead_letter',
    });
    expect(await pool.jobs.deadLetters.drop({ tenant: 'a' })).toMatchObject({
      before: { deadLetters: 2 },
      after: { deadLetters: 0 },
    });
    expect(pool.jobs.deadLetters.list().map(({ id }) => id)).toEqual([ofB!.id]);
    expect((await caught(() => pool.jobs.deadLetters.drop({ job: 'none' }))).code).toBe(
      'TENANTRY_JOB_UNKNOWN',
    );
    const { sentences } = await pool.explain('a');
    expect(sentences.join('\n')).toMatch(/dropped/);
    await pool.close();
    const after = await withJobs({ jobs: {}, stateDir });
    expect(after.pool.jobs.deadLetters.list().map(({ id }) => id)).toEqual([ofB!.id]);
    expect(after.pool.jobs.deadLetters.get(ofB!.id)).toMatchObject({ input: { tenant: 'b' } });
  });

  test('that are too many are dropped oldest first, counted and logged', async () => {
    const { pool, log, clock } = await failing(['a', 'a', 'a', 'a', 'a', 'b']);
    expect(pool.jobs.deadLetters.list({ tenant: 'a' })).toHaveLength(3);
    expect((await pool.snapshot()).jobs).toMatchObject({ deadLetters: 4, deadLettersDropped: 2 });
    clock.advance(700_000);
    expect((await pool.snapshot()).jobs).toMatchObject({ deadLetters: 0, deadLettersDropped: 6 });
    const told = log.lines.filter(({ fields }) => fields['kind'] === 'job.dead-letters-dropped');
    expect(told.map(({ fields }) => fields['count'])).toEqual([1, 1, 4]);
  });
});

test('the snapshot tells of jobs by state and agent, and whose retries keep failing', async () => {
  const { pool, clock } = await withJobs({ jobs: { durable: false, retry: { maxAttempts: 2 } } });
  for (let n = 0; n < 3; n += 1) {
    const { id } = await pool.jobs.submit({ agent: 'broken' });
    await until('it is over', () => {
      clock.advance(1_000);
      return stateOf(pool, id) === 'dead_letter';
    });
  }
  await pool.jobs.settled((await pool.jobs.submit({ agent: 'double', input: 1 })).id);
  const waiting = await pool.jobs.submit({ agent: 'patient', delayMs: 1e6 });
  const { jobs } = await pool.snapshot();
  expect(jobs).toMatchObject({
    queued: 1,
    deadLetters: 3,
    doneKept: 1,
    submittedTotal: 5,
    doneTotal: 1,
  });
  expect(jobs!.agents[0]).toMatchObject({
    agent: 'broken',
    consecutiveFailures: 6,
    isFailing: true,
    lastErrorCode: 'EPROVIDER',
  });
  expect(jobs!.agents.slice(1).every(({ isFailing }) => !isFailing)).toBe(true);
  await pool.jobs.cancel(waiting.id);
});

test('what is done is kept for a while and in a number, and then forgotten', async () => {
  const { pool, clock } = await withJobs({
    jobs: { durable: false, maxDone: 5, keepDoneMs: 60_000 },
  });
  for (let n = 0; n < 8; n += 1) {
    await pool.jobs.settled((await pool.jobs.submit({ agent: 'double', input: n })).id);
  }
  expect(pool.jobs.list().map(({ state }) => state)).toHaveLength(5);
  clock.advance(121_000);
  expect(pool.jobs.list()).toEqual([]);
});

test('a drain puts back what it ends, and the next pool runs it without having counted it', async () => {
  const stateDir = tempFolder();
  const first = await withJobs({ stateDir, jobs: {}, agents: [patientJob] });
  const { id } = await first.pool.jobs.submit({ agent: 'slow', input: 'wait' });
  await until('it runs', () => stateOf(first.pool, id) === 'running');
  await first.pool.close();
  expect((await caught(() => first.pool.jobs.submit({ agent: 'slow' }))).code).toBe(
    'TENANTRY_POOL_CLOSED',
  );
  const quick = agentOf('slow', ({ job }) => job);
  const second = await withJobs({ stateDir, jobs: {}, agents: [quick] });
  const done = await second.pool.jobs.settled(id);
  expect(done).toMatchObject({ state: 'done', countedAttempts: 1, attemptCount: 2 });
  expect(done.attempts.map(({ reason, isCounted }) => [reason, isCounted])).toEqual([
    ['shutdown', false],
    ['completed', true],
  ]);
  expect(done.result).toEqual({ id, attempt: 2, interrupted: false });
});

const patientJob = agentOf(
  'slow',
  ({ signal }) =>
    new Promise((_ok, no) => {
      signal.addEventListener('abort', () => no(signal.reason as Error));
    }),
);

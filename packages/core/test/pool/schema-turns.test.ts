import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { sessionOf } from '../../src/attribution/sessionless.js';
import { currentOwner } from '../../src/attribution/turn-scope.js';
import { defineAgent } from '../../src/host/agent.js';
import type { AgentPoolOptions } from '../../src/pool/pool-options.js';
import { SchemaTurns } from '../../src/pool/schema-turns.js';
import { caught, thrownBy } from '../caught.js';
import { clocked, spin } from '../attribution/clocked.js';
import { patient, startedPool, type TestPool } from './test-pool.js';

/** A pool with an agent whose schemas say as whose turn they run. */
async function withSchemas(
  options: AgentPoolOptions = {},
): Promise<TestPool & { readonly ran: unknown[] }> {
  const ran: unknown[] = [];
  const says = (what: string): z.ZodType =>
    z.any().refine((value) => {
      const { tenant, agent, id } = currentOwner()!;
      return ran.push([what, tenant, agent, sessionOf(id)]) > 0 && value !== 'bad';
    });
  const config = says('config');
  const checked = defineAgent({ name: 'checked', input: says('input'), config, run: patient.run });
  return {
    ...(await startedPool({ agents: [patient, checked], tenants: { acme: {} }, ...options })),
    ran,
  };
}

describe('the schemas of an agent', () => {
  test('run as turns of the tenant, which has no session yet', async () => {
    const { pool, ran } = await withSchemas({ jobs: { durable: false } });
    await pool.open({ tenant: 'acme', agent: 'checked', input: 'good' });
    const input = ['input', 'acme', 'checked', null];
    expect(ran.splice(0)).toEqual([input, ['config', 'acme', 'checked', null]]);
    expect(currentOwner()).toBeUndefined();
    const request = { tenant: 'acme', agent: 'checked', input: 'bad' };
    expect((await caught(() => pool.open(request))).code).toBe('TENANTRY_INPUT_INVALID');
    expect((await caught(() => pool.jobs.submit(request))).code).toBe('TENANTRY_INPUT_INVALID');
    expect(ran).toEqual([input, input]);
    expect((await pool.snapshot()).totals.refusals).toEqual({ malformed: 1 });
  });

  test.each<readonly [string, string, (made: TestPool) => unknown, AgentPoolOptions]>([
    ['whose pool drains', 'POOL_DRAINING', ({ pool }) => void pool.drain(), {}],
    [
      'that is quarantined',
      'TENANT_QUARANTINED',
      ({ pool }) => pool.isolate('acme', { as: 'quarantined' }),
      {},
    ],
    ['whose breaker is open', 'BREAKER_OPEN', ({ pool }) => pool.trip('acme'), {}],
    [
      'at its rate limit',
      'RATE_LIMITED',
      ({ pool }) => pool.open({ tenant: 'acme' }),
      { rateLimit: { sessionsPerSecond: 0.01, burst: 1 } },
    ],
    [
      'at its cap',
      'TENANT_CAP',
      ({ pool }) => pool.open({ tenant: 'acme' }),
      { tenants: { acme: { maxSessions: 1 } } },
    ],
    ['whose pool is full', 'POOL_CAP', ({ pool }) => pool.open(), { maxConcurrentSessions: 1 }],
  ])('run for no tenant %s, which is refused once', async (_name, code, act, options) => {
    const made = await withSchemas(options);
    await act(made);
    const before = (await made.pool.snapshot()).totals.refusals;
    const request = { tenant: 'acme', agent: 'checked', input: 'bad' };
    expect((await caught(() => made.pool.open(request))).code).toBe(`TENANTRY_${code}`);
    expect(made.ran).toEqual([]);
    const { refusals } = (await made.pool.snapshot()).totals;
    expect([before, Object.values(refusals)]).toEqual([{}, [1]]);
  });

  test('run for no quarantined tenant when a job is submitted, which waits', async () => {
    const { pool, ran } = await withSchemas({ jobs: { durable: false } });
    await pool.isolate('acme', { as: 'quarantined' });
    await pool.jobs.submit({ tenant: 'acme', agent: 'checked', input: 'bad' });
    expect(ran).toEqual([]);
  });
});

describe('a turn of a schema', () => {
  test('that blocks the loop is its tenant’s, and leaves nothing behind', async () => {
    const { clock, told } = clocked();
    const turns = new SchemaTurns();
    turns.clock = clock;
    expect(turns.run('acme', 'checked', () => (spin(80), 7))).toBe(7);
    const [turn] = await told(1);
    const owner = { id: turns.ownerId, tenant: 'acme', agent: 'checked', turnSlot: 0 };
    expect(turn).toMatchObject({ cause: 'session', owner });
    expect(clock.slot).toBe(0);
  });

  test('has what it throws made an error of', () => {
    const odd = {
      message: 10n,
      get code(): string {
        throw new Error('asked');
      },
    };
    const error = thrownBy(() =>
      new SchemaTurns().run('acme', 'checked', () => {
        throw odd;
      }),
    );
    expect([error instanceof Error, error.message]).toEqual([
      true,
      'thrown: an object whose properties throw',
    ]);
  });
});

/** What is recorded of a session, the same on every rung. */
import { afterEach, describe, expect, test } from '@jest/globals';
import type { SessionRecording } from '@tenantry/core';
import { RUNGS, closePools, next, on, startPool, until } from '../support/rungs.js';

afterEach(closePools);

const kinds = ({ events }: SessionRecording): string[] => events.map(({ kind }) => kind);
/** Messages that go on their way while others come may be seen in another order on another loop. */
const of = (kind: string, { events }: SessionRecording): unknown[] =>
  events.filter((event) => event.kind === kind).map(({ atMs: _atMs, ...event }) => event);

describe.each(RUNGS)('a recording on the rung %s', (rung) => {
  test('has what the session was given, what came of it, and how it failed', async () => {
    const tenants = {
      acme: { ...on(rung), record: {}, config: { apiKey: 'k-1' } },
      globex: on(rung),
    };
    const pool = await startPool({ tenants, deploymentVersion: 'v3' });
    const request = { agent: 'charges', input: new Map([['a', 1n]]), metadata: { room: 'r-1' } };
    const session = await pool.open({ tenant: 'acme', ...request });
    await session.send({ amount: 5 });
    const receipt = (await next(session)) as { amount: number };
    receipt.amount = 99;
    await session.send({ amount: -1 });
    await next(session);
    const live = pool.recording(session.id)!;
    expect(live.end).toBeNull();
    expect(kinds(live)).toEqual(['in', 'effect', 'out', 'in', 'effect', 'out']);
    await session.send({});
    const { error } = await session.done;
    expect(error?.message).toBe('an order has no amount');
    const recording = JSON.parse(JSON.stringify(pool.recording(session.id))) as SessionRecording;
    expect(recording).toMatchObject({
      recording: 1,
      session: session.id,
      tenant: 'acme',
      agent: 'charges',
      agentFile: 'charges.js',
      agentHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      configHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      deploymentVersion: 'v3',
      rung,
      input: { $: 'map', v: [['a', { $: 'bigint', v: '1' }]] },
      metadata: { room: 'r-1' },
      cut: null,
      end: {
        status: 'failed',
        reason: 'failed',
        error: { name: 'TypeError', message: 'an order has no amount' },
      },
    });
    expect(JSON.stringify(recording)).not.toContain('k-1');
    expect(of('out', recording)).toEqual([
      { kind: 'out', value: { number: 1, at: { $: 'date', v: 0 }, amount: 5 } },
      { kind: 'out', value: { refused: 'card refused' } },
    ]);
    expect(of('effect', recording)).toMatchObject([
      { name: 'charge', index: 0, outcome: { kind: 'result', value: { number: 1, amount: 5 } } },
      { name: 'charge', index: 1, outcome: { kind: 'error', error: { code: 'CARD' } } },
    ]);

    const unrecorded = await pool.open({ tenant: 'globex', ...request });
    await unrecorded.send({ amount: 5 });
    await next(unrecorded);
    expect(pool.recording(unrecorded.id)).toBeUndefined();
    const well = await pool.open({ tenant: 'acme', ...request });
    await well.close();
    expect(pool.recording(well.id)).toBeUndefined();
  });
});

test('what an isolate has reported survives its end', async () => {
  const pool = await startPool({ tenants: { acme: { ...on('process'), record: {} } } });
  const session = await pool.open({ tenant: 'acme', agent: 'charges' });
  await session.send({ amount: 5 });
  await next(session);
  await session.send({ crash: true });
  const { reason } = await session.done;
  expect(reason).toBe('isolate-crashed');
  const recording = pool.recording(session.id)!;
  expect(kinds(recording)).toEqual(['in', 'effect', 'out', 'in']);
  expect(recording.end).toMatchObject({ reason: 'isolate-crashed' });
});

test('a session that is moved goes on being recorded', async () => {
  const pool = await startPool({ tenants: { acme: { ...on('coroutine'), record: {} } } });
  const session = await pool.open({ tenant: 'acme', agent: 'carries' });
  await session.send('one');
  await next(session);
  const target = { isolation: 'process', isolate: 'worker_threads', deadlineMs: 20_000 } as const;
  await until('it is moved', async () => {
    const result = await pool.moveSession(session.id, target);
    return result.kind === 'moved';
  });
  await session.send('two');
  await next(session);
  const recording = pool.recording(session.id)!;
  expect(recording.rung).toBe('thread');
  expect(kinds(recording)).toEqual(['in', 'out', 'moved', 'in', 'out']);
  await session.close();
});

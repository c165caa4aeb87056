/** Spans of sessions, as a tracer of the host gets them. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { SpanStatusCode, context, trace, type Span } from '@opentelemetry/api';
import { Tracing } from '../../src/telemetry/tracing.js';
import { MemoryLog } from '../memory-log.js';
import { FakeIsolates } from '../pool/fake-isolates.js';
import { agentOf, makePool, startedPool, type TestPool } from '../pool/test-pool.js';
import { forgetSpans, keepSpans } from './test-tracer.js';

const TRACES = { telemetry: { traces: true } } as const;
const PARENT = `00-${'c'.repeat(32)}-${'d'.repeat(16)}-01`;

let kept: ReturnType<typeof keepSpans>;
beforeEach(() => {
  kept = keepSpans();
});
afterEach(forgetSpans);

const startSpan = (name: string): Span => trace.getTracer('test').startSpan(name);

/** Traces something of its own at its entry and after a message; tells its metadata. */
const traces = agentOf('traces', async (session) => {
  startSpan('entry').end();
  await session.messages.next();
  startSpan('later').end();
  if (session.input === 'fail') throw new Error('the secret is a-canary');
  return session.metadata['traceparent'];
});

const tracing = (): Promise<TestPool> => startedPool({ ...TRACES, agents: [traces] });

describe('a span of a session', () => {
  test('lasts from its open to its end, and tells whose it was and what it came to', async () => {
    const { pool } = await tracing();
    const session = await pool.open({ tenant: 'acme', agent: 'traces' });
    const [span] = kept.spans;
    expect(span).toMatchObject({ name: 'session traces', parent: undefined, isEnded: false });
    await session.send('hello');
    const { result } = await session.done;
    expect(span).toMatchObject({ isEnded: true, status: undefined });
    expect(span!.attributes).toEqual({
      'tenantry.tenant': 'acme',
      'tenantry.agent': 'traces',
      'tenantry.session': session.id,
      'tenantry.rung': 'coroutine',
      'tenantry.reason': 'completed',
      'tenantry.status': 'succeeded',
      'tenantry.messages.in': 1,
      'tenantry.messages.out': 0,
    });
    const { traceId, spanId } = span!.spanContext;
    expect(result).toBe(`00-${traceId}-${spanId}-01`);
  });

  test('has what its agent traces inside it, each in its own', async () => {
    const { pool } = await tracing();
    const [one, two] = [await pool.open({ tenant: 'a' }), await pool.open({ tenant: 'b' })];
    await two.send('hello');
    await one.send('hello');
    await Promise.all([one.done, two.done]);
    const idOf = (tenant: string): string =>
      kept.spans.find(({ attributes }) => attributes['tenantry.tenant'] === tenant)!.spanContext
        .spanId;
    const own = kept.spans.filter(({ name }) => !name.startsWith('session'));
    expect(own.map(({ name, parent }) => [name, parent])).toEqual([
      ['entry', idOf('a')],
      ['entry', idOf('b')],
      ['later', idOf('b')],
      ['later', idOf('a')],
    ]);
  });

  test('is inside the span in which it was opened, else inside its traceparent', async () => {
    const { pool } = await tracing();
    const outer = startSpan('request');
    const inOuter = trace.setSpan(context.active(), outer);
    const metadata = { traceparent: PARENT };
    await context.with(inOuter, () => pool.open({ metadata }));
    await pool.open({ metadata });
    await pool.open({ metadata: { traceparent: 'rubbish' } });
    const sessions = kept.spans.filter(({ name }) => name.startsWith('session'));
    expect(sessions.map(({ parent }) => parent)).toEqual([
      outer.spanContext().spanId,
      'd'.repeat(16),
      undefined,
    ]);
    expect(sessions[1]!.spanContext.traceId).toBe('c'.repeat(32));
  });

  test('of one that fails is an error with its code, and without its message', async () => {
    const { pool } = await tracing();
    const failing = await pool.open({ input: 'fail' });
    await failing.send('hello');
    await failing.done;
    const cancelled = await pool.open();
    await cancelled.cancel();
    const [first, second] = kept.spans.filter(({ name }) => name.startsWith('session'));
    expect(first!.status).toEqual({ code: SpanStatusCode.ERROR, message: 'failed' });
    expect(second!.status).toBeUndefined();
    expect(second!.attributes['error.type']).toBe('TENANTRY_SESSION_CANCELLED');
    expect(JSON.stringify(kept.spans)).not.toContain('canary');
  });

  test('of one in an isolate travels as its traceparent; one that finds no place is an error', async () => {
    const isolates = new FakeIsolates();
    const { pool } = await startedPool({
      ...TRACES,
      agents: [traces],
      isolates: isolates.factory,
      isolation: 'process',
    });
    const opening = pool.open().catch((error: Error) => error.message);
    const [started] = isolates.starts;
    const { traceId, spanId } = kept.spans[0]!.spanContext;
    expect(started!.spec.metadata).toEqual({ traceparent: `00-${traceId}-${spanId}-01` });
    started!.gate.fail(Object.assign(new Error('no room'), { code: 'TENANTRY_ISOLATE_LIMIT' }));
    expect(await opening).toBe('no room');
    expect(kept.spans[0]).toMatchObject({
      isEnded: true,
      status: { code: SpanStatusCode.ERROR, message: 'TENANTRY_ISOLATE_LIMIT' },
    });
  });
});

describe('a pool', () => {
  test('traces nothing, and carries nothing, unless it is told to', async () => {
    const { pool } = await startedPool({ agents: [traces] });
    const session = await pool.open();
    await session.send('hello');
    expect((await session.done).result).toBeUndefined();
    expect(kept.spans.map(({ name }) => name)).toEqual(['entry', 'later']);
  });

  test('starts without the API, and says so', async () => {
    const log = new MemoryLog();
    const missing = Object.assign(new Error('Cannot find package'), {
      code: 'ERR_MODULE_NOT_FOUND',
    });
    expect(await Tracing.load('1.0.0', log, () => Promise.reject(missing))).toBeUndefined();
    expect(log.lines).toMatchObject([
      { level: 'warn', message: '[telemetry] no spans: @opentelemetry/api is not installed' },
    ]);
  });

  test('goes on where the tracer fails, and says so once', async () => {
    const { pool, log } = makePool({ ...TRACES });
    await pool.start();
    kept.fails = new Error('exporter down');
    for (let round = 0; round < 2; round += 1) {
      const session = await pool.open();
      expect((await session.close()).status).toBe('succeeded');
    }
    expect(log.lines.filter(({ message }) => message === '[telemetry] failed')).toHaveLength(1);
  });
});

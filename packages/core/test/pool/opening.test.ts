import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { codeOf } from '../../src/errors/errors.js';
import { defineAgent } from '../../src/host/agent.js';
import type { OpenRequest } from '../../src/pool/open-request.js';
import { caught } from '../caught.js';
import { gate } from '../gate.js';
import { turns } from '../turns.js';
import { FakeIsolates } from './fake-isolates.js';
import { agentOf, echo, patient, startedPool } from './test-pool.js';

const strict = defineAgent({ name: 'strict', input: z.object({ n: z.int() }), run: () => 1 });

describe('opening a session', () => {
  test('enters the agent before it resolves', async () => {
    const entered: string[] = [];
    const { pool } = await startedPool({
      agents: [agentOf('eager', (one) => void entered.push(one.id))],
    });
    const session = await pool.open();
    expect(entered).toEqual([session.id]);
    expect([session.tenant, session.agent]).toEqual(['default', 'eager']);
  });

  test('gives the agent copies: what the client changes afterwards is not seen', async () => {
    const { pool } = await startedPool({
      agents: [agentOf('reader', async (one) => [one.input, one.metadata])],
    });
    const [input, metadata] = [{ list: [1] }, { room: 'a' }];
    const session = await pool.open({ input, metadata });
    input.list.push(2);
    metadata.room = 'b';
    expect((await session.done).result).toEqual([{ list: [1] }, { room: 'a' }]);
  });

  test('gives every session an id of its own', async () => {
    const { pool } = await startedPool();
    const sessions = await Promise.all(Array.from({ length: 200 }, () => pool.open()));
    expect(new Set(sessions.map(({ id }) => id)).size).toBe(200);
  });

  test('admits exactly 7 of 1,000 at once against a cap of 7', async () => {
    const { pool } = await startedPool({
      agents: [patient],
      tenants: { acme: { maxSessions: 7, config: () => Promise.resolve({}) } },
    });
    const opens = await Promise.allSettled(
      Array.from({ length: 1_000 }, () => pool.open({ tenant: 'acme' })),
    );
    const refused = opens.flatMap((one) => (one.status === 'rejected' ? [codeOf(one.reason)] : []));
    expect(opens.length - refused.length).toBe(7);
    expect(new Set(refused)).toEqual(new Set(['TENANTRY_TENANT_CAP']));
    const [acme] = (await pool.snapshot()).tenants;
    expect(acme).toMatchObject({ active: 7, started: 7, refusals: { 'tenant-cap': 993 } });
  });

  test('admits again as soon as a session has ended', async () => {
    const { pool } = await startedPool({ maxConcurrentSessions: 1 });
    for (let round = 0; round < 50; round += 1) await (await pool.open()).close();
    const session = await pool.open();
    expect((await caught(() => pool.open())).code).toBe('TENANTRY_POOL_CAP');
    const reopened = session.done.then(() => pool.open());
    await session.close();
    expect((await reopened).state).toBe('active');
  });
});

describe('a request that is refused', () => {
  const BAD: readonly (readonly [OpenRequest, string])[] = [
    [{ tenant: 'a b' }, 'TENANTRY_TENANT_ID_INVALID'],
    [{ tenant: 7 as unknown as string }, 'TENANTRY_TENANT_ID_INVALID'],
    [{ agent: 'nobody' }, 'TENANTRY_AGENT_UNKNOWN'],
    [{ agent: agentOf('stranger', () => 1) }, 'TENANTRY_AGENT_UNKNOWN'],
    [{ agent: {} as never }, 'TENANTRY_AGENT_NAME_INVALID'],
    [{ agent: 'strict', input: { n: 'x' } }, 'TENANTRY_INPUT_INVALID'],
    [{ input: () => 1 }, 'TENANTRY_MESSAGE_UNCLONEABLE'],
    [{ input: 'x'.repeat(2_000_000) }, 'TENANTRY_MESSAGE_TOO_LARGE'],
    [{ metadata: { call: () => 1 } }, 'TENANTRY_MESSAGE_UNCLONEABLE'],
    [{ metadata: { agent: '../x' } }, 'TENANTRY_AGENT_NAME_INVALID'],
    [
      JSON.parse('{"metadata": {"a": {"__proto__": 1}}}') as OpenRequest,
      'TENANTRY_MESSAGE_UNCLONEABLE',
    ],
    [{ maxDurationMs: -1 }, 'TENANTRY_OPTIONS_INVALID'],
    [{ nonsense: 1 } as OpenRequest, 'TENANTRY_OPTIONS_INVALID'],
    [null as unknown as OpenRequest, 'TENANTRY_OPTIONS_INVALID'],
  ];

  test.each(BAD)(
    'leaves the running sessions alone and takes no permit: %p',
    async (request, code) => {
      const { pool } = await startedPool({ agents: [echo, strict], maxConcurrentSessions: 2 });
      const running = await pool.open();
      for (let time = 0; time < 3; time += 1)
        expect((await caught(() => pool.open(request))).code).toBe(code);
      await running.send('still there');
      expect((await running.messages.next()).value).toBe('still there');
      const { totals } = await pool.snapshot();
      expect([totals.activeSessions, totals.totalSessionsStarted, totals.refusals]).toEqual([
        1,
        1,
        { malformed: 3 },
      ]);
      await pool.open();
    },
  );

  test('is counted by its tenant, or apart where it names none that could exist', async () => {
    const { pool } = await startedPool();
    await caught(() => pool.open({ tenant: 'acme', agent: 'nobody' }));
    await caught(() => pool.open({ tenant: '../acme' }));
    const { tenants, totals } = await pool.snapshot();
    expect(tenants.map(({ tenant, refusals }) => [tenant, refusals])).toEqual([
      ['(malformed)', { malformed: 1 }],
      ['acme', { malformed: 1 }],
    ]);
    expect(totals.refusals).toEqual({ malformed: 2 });
  });
});

describe('a session whose config cannot be had', () => {
  test('is refused, gives its permit back and lets the next one try', async () => {
    let calls = 0;
    const config = (): unknown => {
      if (calls++ === 0) throw new Error('vault down');
      return { key: 'k' };
    };
    const { pool } = await startedPool({ tenants: { acme: { maxSessions: 1, config } } });
    expect((await caught(() => pool.open({ tenant: 'acme' }))).code).toBe(
      'TENANTRY_TENANT_CONFIG_FAILED',
    );
    expect((await pool.open({ tenant: 'acme' })).state).toBe('active');
    const [acme] = (await pool.snapshot()).tenants;
    expect(acme).toMatchObject({ active: 1, started: 1, refusals: { placement: 1 } });
  });

  test.each(['drain', 'close'] as const)(
    'before the pool’s %s is not started after it',
    async (how) => {
      const answer = gate<object>();
      const { pool } = await startedPool({ tenants: { acme: { config: () => answer.promise } } });
      const opening = caught(() => pool.open({ tenant: 'acme' }));
      await turns();
      await pool[how]();
      answer.open({});
      expect(['TENANTRY_POOL_DRAINING', 'TENANTRY_POOL_CLOSED']).toContain((await opening).code);
      expect((await pool.snapshot()).totals.activeSessions).toBe(0);
    },
  );
});

describe('a session that starts in an isolate', () => {
  const options = (isolates: FakeIsolates): object => ({
    isolates: isolates.factory,
    isolation: 'process',
    maxConcurrentSessions: 1,
  });

  test('is live while it starts, and resolves when it is placed', async () => {
    const isolates = new FakeIsolates();
    const { pool } = await startedPool(options(isolates));
    const opening = pool.open();
    const [row] = (await pool.snapshot()).sessions;
    expect(row).toMatchObject({ state: 'starting', isolate: '' });
    isolates.starts[0]!.place();
    const session = await opening;
    expect(session.state).toBe('active');
    isolates.starts[0]!.end({ reason: 'completed', result: 3 });
    expect(await session.done).toMatchObject({ result: 3, isolation: 'process', isolate: 'p1' });
  });

  test('gives its permit back when the start fails', async () => {
    const isolates = new FakeIsolates();
    const { pool } = await startedPool(options(isolates));
    for (let time = 0; time < 3; time += 1) {
      const opening = caught(() => pool.open());
      isolates.starts[time]!.gate.fail(
        Object.assign(new Error('no'), { code: 'TENANTRY_ISOLATE_START_FAILED' }),
      );
      expect((await opening).code).toBe('TENANTRY_ISOLATE_START_FAILED');
    }
    const { totals, tenants, sessions } = await pool.snapshot();
    expect(sessions).toEqual([]);
    expect([totals.refusals, tenants[0]!.active]).toEqual([{ placement: 3 }, 0]);
  });

  test('that had ended before it was placed has its outcome all the same', async () => {
    const isolates = new FakeIsolates();
    const { pool } = await startedPool(options(isolates));
    const opening = pool.open();
    isolates.starts[0]!.end({ reason: 'isolate-crashed', error: new Error('gone') });
    isolates.starts[0]!.place();
    const session = await opening;
    expect([session.state, (await session.done).reason]).toEqual(['ended', 'isolate-crashed']);
  });

  test('is aborted when it is placed, where the pool closed meanwhile', async () => {
    const isolates = new FakeIsolates();
    const { pool } = await startedPool(options(isolates));
    const opening = pool.open();
    const closing = pool.close();
    await turns();
    isolates.starts[0]!.place();
    expect((await (await opening).done).reason).toBe('shutdown');
    await closing;
    expect([isolates.starts[0]!.aborts, isolates.closeCount]).toEqual([['shutdown'], 1]);
  });

  test('does not hold up a close when its start fails', async () => {
    const isolates = new FakeIsolates();
    const { pool } = await startedPool(options(isolates));
    const opening = caught(() => pool.open());
    const closing = pool.close();
    await turns();
    isolates.starts[0]!.gate.fail(new Error('closed'));
    expect((await opening).message).toBe('closed');
    await closing;
    expect(pool.state).toBe('closed');
  });
});

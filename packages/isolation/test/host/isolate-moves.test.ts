import { afterEach, describe, expect, test } from '@jest/globals';
import type { MoveAnswer } from '@tenantry/core/internal';
import { caught } from '../support/caught.js';
import { reportWith, specOf } from '../support/fake-channel.js';
import type { IsolateSession } from '../../src/host/isolate-session.js';
import { TestIsolate } from '../support/isolates.js';
import { turns } from '../support/turns.js';

const made: TestIsolate[] = [];

async function ready(): Promise<TestIsolate> {
  const one = await TestIsolate.ready();
  made.push(one);
  return one;
}

afterEach(async () => {
  for (const each of made.splice(0)) await each.dispose();
});

const MOVED = {
  kind: 'moved',
  run: { state: 'kept', consumedCount: 2, sentCount: 1 },
  unread: ['b', 'c'],
  sizes: [1, 1],
  cost: { cpuMs: 3, blockedMs: 0 },
} as const;

/** A session that its guest has handed over. */
async function movedAway(one: TestIsolate, id: string): Promise<MoveAnswer[]> {
  const session = await one.open(id);
  const answers: MoveAnswer[] = [];
  session.askMove((answer) => answers.push(answer));
  one.channel.carriers.get(id)!.say(MOVED, ['last words']);
  expect(session.client.inbox.queuedCount).toBe(1);
  return answers;
}

describe('a session that has left its isolate', () => {
  test('is handed over with what it had not consumed, and ends nowhere', async () => {
    const one = await ready();
    expect(await movedAway(one, 's1')).toMatchObject([
      {
        kind: 'moved',
        run: MOVED.run,
        unread: [
          { value: 'b', bytes: 1 },
          { value: 'c', bytes: 1 },
        ],
        cost: MOVED.cost,
      },
    ]);
    expect([one.reasonsOf('s1'), one.isolate.sessionCount]).toEqual([[], 0]);
    one.channel.end({ reason: 'exit', detail: 'exit code 1' });
    await turns();
    expect(one.reasonsOf('s1')).toEqual([]);
  });

  test('keeps the isolate until its old code has finished', async () => {
    const one = await ready();
    const idle: string[] = [];
    one.isolate.onIdle(({ id }) => idle.push(id));
    await movedAway(one, 's1');
    expect([idle, one.isolate.isInUse]).toEqual([[], true]);
    one.channel.carriers.get('s1')!.say({ kind: 'settled' });
    expect([idle, one.isolate.isInUse]).toEqual([['process-1'], false]);
    expect(one.channel.carriers.get('s1')!.isClosed).toBe(true);
  });

  test('keeps it no longer than a second, and is then what it may die of', async () => {
    const one = await ready();
    one.isolate.onIdle(() => {});
    await movedAway(one, 's1');
    one.clock.advance(1_000);
    expect(one.isolate.isInUse).toBe(false);
    await one.open('s2');
    one.channel.end({ reason: 'uncaught', detail: 'whose?' });
    await turns();
    expect(one.isolate.endedWith).toEqual({ reason: 'uncaught', detail: 'whose?' });
  });

  test('can come back to it', async () => {
    const one = await ready();
    await movedAway(one, 's1');
    const first = one.channel.carriers.get('s1')!;
    await one.open('s1');
    first.say({ kind: 'settled' });
    expect(one.isolate.sessionCount).toBe(1);
  });
});

describe('an isolate', () => {
  test('that is reserved is not idle before it is given up', async () => {
    const one = await ready();
    const idle: string[] = [];
    one.isolate.onIdle(({ id }) => idle.push(id));
    const release = one.isolate.reserve();
    await one.open('s1');
    one.complete('s1');
    expect(idle).toEqual([]);
    release();
    release();
    expect(idle).toEqual(['process-1']);
  });

  test('loads an agent before its session comes, and says why it cannot', async () => {
    const one = await ready();
    await one.isolate.preload('file:///echo.js');
    expect(one.channel.preloaded).toEqual(['file:///echo.js']);
    one.channel.loadError = { name: 'Error', message: 'bad', code: 'TENANTRY_AGENT_LOAD_FAILED' };
    expect(await caught(() => one.isolate.preload('file:///echo.js'))).toMatchObject({
      code: 'TENANTRY_AGENT_LOAD_FAILED',
    });
  });

  test('near a limit tells all its sessions, takes no new one, and ends when it is empty', async () => {
    const one = await ready();
    await one.open('s1');
    const opening = one.opening('s2');
    one.channel.onPressure({ reason: 'memory-limit', used: 90, limit: 100, detail: '90 MB' });
    expect([one.isolate.isOpen, one.isolate.state]).toEqual([false, 'draining']);
    one.channel.carriers.get('s2')!.say({ kind: 'started' });
    await opening;
    const notice = { reason: 'memory-limit', leftMs: null, used: 90, limit: 100, detail: '90 MB' };
    for (const id of ['s1', 's2']) {
      const signals = one.channel.carriers.get(id)!.posted.map(([, , , , signal]) => signal);
      expect(signals).toEqual([{ kind: 'notice', notice }]);
      one.complete(id);
    }
    await turns();
    expect(one.isolate.endedWith).toEqual({ reason: 'recycled', detail: 'drained' });
  });

  test('that dies leaves its sessions what its last report said they had cost', async () => {
    const one = await ready();
    const costs: unknown[] = [];
    const opening = one.isolate.open(
      { id: 's1', tenant: 'acme', agent: 'echo', input: null, config: {}, metadata: {} },
      'file:///echo.js',
      (_end, cost) => costs.push(cost),
    );
    one.channel.carriers.get('s1')!.say({ kind: 'started' });
    await opening;
    const usage = { nowRatio: 0, minuteRatio: 0, totalMs: 42, allocatedBytesPerS: 0 };
    const session = { session: 's1', messagesConsumed: 0, messagesSent: 0, usage };
    one.channel.reports = () => Promise.resolve(reportWith(1, { sessions: [session] }));
    await one.isolate.report();
    one.channel.use = { cpuMs: 8, memoryBytes: 1_000 };
    one.channel.end({ reason: 'cpu-limit', detail: '1.00 s' });
    await turns();
    // It was alone: what the isolate has used since is its as well.
    expect(costs).toEqual([{ cpuMs: 49, blockedMs: null, memoryBytes: 1_000 }]);
  });

  test('that dies before it has reported leaves what it was seen to use to who was alone in it', async () => {
    const one = await ready();
    const costs = new Map<string, unknown>();
    const opens = (id: string): Promise<unknown> => {
      const opened = one.isolate.open(specOf(id), 'file:///echo.js', (_end, cost) =>
        costs.set(id, cost),
      );
      one.channel.carriers.get(id)!.say({ kind: 'started' });
      return opened;
    };
    one.channel.use = { cpuMs: 70, memoryBytes: 500 };
    await opens('before');
    one.complete('before');
    one.channel.use = { cpuMs: 100, memoryBytes: 500 };
    const last = (await opens('last')) as IsolateSession;
    one.channel.use = { cpuMs: 400, memoryBytes: 900 };
    one.isolate.abandon(last, 'timed-out');
    expect(costs.get('last')).toEqual({ cpuMs: 300, blockedMs: null, memoryBytes: 900 });
    await opens('beside');
    await opens('another');
    one.channel.end({ reason: 'cpu-limit', detail: '1.00 s' });
    await turns();
    expect([costs.get('beside'), costs.get('another')]).toEqual([undefined, undefined]);
  });
});

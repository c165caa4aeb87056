import { setImmediate } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { TenantryError } from '../../src/errors/errors.js';
import { ProfileDesk } from '../../src/observer/profile-desk.js';
import { mergeSnapshot } from '../../src/snapshot/merge.js';
import { caught } from '../caught.js';
import { ManualClock } from '../manual-clock.js';
import { inputWith, record } from '../snapshot/merge-inputs.js';
import { FakeThread } from './fake-thread.js';

const POOL = 1;
const snapshot = mergeSnapshot(
  inputWith({
    isolates: [
      record({ isolate: 'main', tenant: null, rung: 'coroutine' }),
      record({ isolate: 'thread-1', rung: 'thread', threadId: 4 }),
      record({ isolate: 'process-2', rung: 'process', threadId: 1 }),
    ],
  }),
);

let clock: ManualClock;
let thread: FakeThread;
let opened: (number | null)[];
let connections: boolean[];
let hasDebugger: boolean;
let child: () => Promise<{ sampledMs: number; profile: Record<string, unknown> }>;
let asked: unknown[];
let desk: ProfileDesk;
beforeEach(() => {
  clock = new ManualClock();
  thread = new FakeThread();
  opened = [];
  connections = [];
  hasDebugger = false;
  asked = [];
  child = () => Promise.resolve({ sampledMs: 3, profile: { nodes: [] } });
  desk = new ProfileDesk({
    clock,
    hasDebugger: () => hasDebugger,
    open: (threadId) => {
      opened.push(threadId);
      thread = new FakeThread();
      return thread;
    },
    profileChild: (...args) => {
      asked.push(args);
      return child();
    },
    connected: (is) => void connections.push(is),
  });
});

const take = (target: string, seconds = 5, pool = POOL) =>
  desk.take(pool, () => Promise.resolve(snapshot), { target, type: 'heap', seconds });

describe('the profile desk', () => {
  test.each([
    ['main', null],
    ['thread-1', 4],
  ])('asks %s itself, and is connected only meanwhile', async (isolate, threadId) => {
    const taking = take(isolate);
    await setImmediate();
    expect(opened).toEqual([threadId]);
    expect(connections).toEqual([true]);
    clock.advance(5_000);
    expect(await taking).toMatchObject({
      name: 'tenantry',
      target: { isolate, session: null },
      type: 'heap',
      seconds: 5,
      sampledMs: 5_000,
      profile: { head: {} },
    });
    expect(connections).toEqual([true, false]);
    expect(clock.armedCount).toBe(0);
  });

  test('has a child asked by the main thread, and waits for it no longer than it may take', async () => {
    expect(await take('process-2')).toMatchObject({ sampledMs: 3, profile: { nodes: [] } });
    expect(asked).toEqual([[POOL, 'process-2', { type: 'heap', seconds: 5 }]]);
    expect(opened).toEqual([]);
    child = () => new Promise(() => {});
    const refusal = caught(() => take('process-2'));
    await setImmediate();
    clock.advance(14_000);
    expect(await refusal).toMatchObject({
      code: 'TENANTRY_PROFILE_TIMEOUT',
      message: expect.stringMatching(/^isolate process-2: .*main loop, which is blocked$/),
    });
  });

  test('takes one at a time in a process, and says when the next may be taken', async () => {
    const taking = take('main');
    await setImmediate();
    clock.advance(1_500);
    const refusal = await caught(() => take('thread-1', 1, POOL + 1));
    expect(refusal).toMatchObject({
      code: 'TENANTRY_PROFILE_BUSY',
      retryable: true,
      retryAfterMs: 3_500,
      message: 'a profile of isolate main is being taken: try again in 3.5 s',
    });
    clock.advance(3_500);
    await taking;
    const next = take('thread-1', 1);
    await setImmediate();
    clock.advance(1_000);
    expect(await next).toMatchObject({ target: { isolate: 'thread-1' } });
  });

  test('is free again after a refusal', async () => {
    expect((await caught(() => take('nobody'))).code).toBe('TENANTRY_PROFILE_TARGET_UNKNOWN');
    hasDebugger = true;
    expect((await caught(() => take('main'))).code).toBe('TENANTRY_PROFILE_DEBUGGER');
    expect(opened).toEqual([]);
    child = () => Promise.reject(new TenantryError('TENANTRY_PROFILE_TARGET_ENDED', 'exit'));
    hasDebugger = false;
    expect((await caught(() => take('process-2'))).message).toBe('isolate process-2: exit');
  });

  test.each(['thread-1', 'process-2'])('gives %s up when it ends', async (isolate) => {
    child = () => new Promise(() => {});
    const refusal = caught(() => take(isolate));
    await setImmediate();
    desk.isolateEnded(POOL + 1, isolate);
    desk.isolateEnded(POOL, 'thread-7');
    await setImmediate();
    expect((await caught(() => take('main'))).code).toBe('TENANTRY_PROFILE_BUSY');
    desk.isolateEnded(POOL, isolate);
    expect(await refusal).toMatchObject({
      code: 'TENANTRY_PROFILE_TARGET_ENDED',
      message: expect.stringContaining(`isolate ${isolate}: it ended`),
    });
    expect(clock.armedCount).toBe(0);
  });

  test('does not wait for what its pool knows when the pool closes', async () => {
    const request = { target: 'main', type: 'cpu', seconds: 5 } as const;
    const refusal = caught(() => desk.take(POOL, () => new Promise(() => {}), request));
    desk.poolClosed(POOL);
    expect((await refusal).code).toBe('TENANTRY_POOL_CLOSED');
    expect(opened).toEqual([]);
  });

  test('lets go of its thread when the pool closes or the process ends', async () => {
    const closed = caught(() => take('main'));
    await setImmediate();
    desk.poolClosed(POOL + 1);
    desk.poolClosed(POOL);
    expect((await closed).code).toBe('TENANTRY_POOL_CLOSED');
    expect(thread.isClosed).toBe(true);
    const ended = caught(() => take('main'));
    await setImmediate();
    desk.stop();
    expect((await ended).message).toContain('the process ends');
    expect(thread.isClosed).toBe(true);
    expect(connections.at(-1)).toBe(false);
  });
});

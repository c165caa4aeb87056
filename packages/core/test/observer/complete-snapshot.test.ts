import { describe, expect, test } from '@jest/globals';
import {
  bucketOf,
  completeSnapshot,
  type ObserverView,
} from '../../src/observer/complete-snapshot.js';
import { NO_BLOCKS, type SystemFigures } from '../../src/snapshot/figures.js';
import { mergeSnapshot } from '../../src/snapshot/merge.js';
import type { SessionEntry, TenantEntry } from '../../src/snapshot/report.js';
import { parseSnapshot, type Snapshot } from '../../src/snapshot/snapshot.js';
import { inputWith, record } from '../snapshot/merge-inputs.js';
import { OTHER, PLACE, blockRow } from './block-rows.js';

const SYSTEM: SystemFigures = {
  cpuRatio: 0.5,
  cpuHistory: [0.5],
  loopLagHistoryMs: [3],
  coreCount: 2,
  load: [1, 1, 1],
  memoryUsedBytes: 1,
  memoryTotalBytes: 2,
  swapUsedBytes: null,
  swapTotalBytes: null,
  receivedBytesPerS: null,
  sentBytesPerS: null,
};

const tenant = (name: string): TenantEntry => ({
  tenant: name,
  rung: 'coroutine',
  active: 1,
  maxSessions: null,
  started: 1,
  failures: 0,
  ends: {},
  refusals: {},
  messagesIn: 0,
  messagesOut: 0,
  strayErrors: 0,
  quarantinedForMs: null,
  breaker: null,
  blocked: NO_BLOCKS,
});

const session = (name: string, of: string): SessionEntry => ({
  session: name,
  tenant: of,
  agent: 'support',
  rung: 'coroutine',
  isolate: 'main',
  state: 'active',
  durationMs: 1_000,
  idleMs: 10,
  messagesIn: 1,
  messagesOut: 1,
  queuedIn: 0,
  queuedOut: 0,
  blocked: NO_BLOCKS,
  memoryPeakBytes: null,
});

const usage = { nowRatio: 0.1, minuteRatio: 0.1, totalMs: 40, allocatedBytesPerS: 0 };

/** Two sessions of two tenants on the main loop; the first has used 40 ms. */
function snapshot(): Snapshot {
  const main = record({ isolate: 'main', rung: 'coroutine', tenant: null });
  const report = {
    ...main.report!,
    sessions: [{ session: 's-1', messagesConsumed: 1, messagesSent: 1, usage }],
    usage: { tenants: { acme: usage }, hostMs: 0 },
  };
  return mergeSnapshot(
    inputWith({
      isolates: [{ ...main, report }, record({ isolate: 'thread-1', rung: 'thread' })],
      tenants: [tenant('acme'), tenant('globex')],
      sessions: [session('s-1', 'acme'), session('s-2', 'globex')],
    }),
  );
}

const view = (fields: Partial<ObserverView> = {}): ObserverView => ({
  ongoing: [],
  system: SYSTEM,
  mainLagMs: 4,
  heldForMs: 0,
  ...fields,
});

const rowOf = (whole: Snapshot, name: string): Snapshot['sessions'][number] =>
  whole.sessions.find((row) => row.session === name)!;

describe('a completed snapshot', () => {
  test('has the machine and the main loop’s lag, and nothing else that it had not', () => {
    const held = snapshot();
    const { system, isolates, ...rest } = completeSnapshot(held, view());
    const { system: _none, isolates: before, ...same } = held;
    expect(system).toEqual(SYSTEM);
    expect(isolates.map(({ isolate, loopLagMs }) => [isolate, loopLagMs])).toEqual([
      ['main', 4],
      ['thread-1', null],
    ]);
    expect(before).toHaveLength(2);
    expect(rest).toEqual(same);
  });

  test('counts the block that lasts once, with its session and with its tenant', () => {
    const whole = completeSnapshot(snapshot(), view({ ongoing: [blockRow({ durationMs: 300 })] }));
    const once = {
      count: 1,
      totalMs: 300,
      longestMs: 300,
      lastPlace: PLACE,
      lastAgoMs: 0,
      minute: [0, 0, 1, 0, 0],
    };
    expect(rowOf(whole, 's-1')).toMatchObject({ status: 'slow', blocked: once });
    expect(whole.tenants.map(({ blocked }) => blocked)).toEqual([once, NO_BLOCKS]);
    expect(rowOf(whole, 's-2')).toMatchObject({ status: 'active', blocked: NO_BLOCKS });
    expect(whole.blocks).toEqual([blockRow({ durationMs: 300 })]);
  });

  test('counts a block that two have told of once', () => {
    const told = blockRow({ block: 'thread-1:4', isolate: 'thread-1', durationMs: 300 });
    const ongoing = [told, { ...told, durationMs: 80 }];
    const whole = completeSnapshot(snapshot(), view({ ongoing }));
    expect(whole.blocks).toEqual([told]);
    expect(rowOf(whole, 's-1').blocked).toMatchObject({ count: 1, totalMs: 300 });
  });

  test('does not count again what its books have as ended', () => {
    const held = { ...snapshot(), blocks: [blockRow({ isOngoing: false, durationMs: 320 })] };
    const whole = completeSnapshot(held, view({ ongoing: [blockRow()] }));
    expect(whole.blocks).toEqual(held.blocks);
    expect(rowOf(whole, 's-1').blocked).toEqual(NO_BLOCKS);
  });

  test('gives the session that blocks the core that it has', () => {
    const after = (durationMs: number): unknown =>
      rowOf(completeSnapshot(snapshot(), view({ ongoing: [blockRow({ durationMs })] })), 's-1').cpu;
    expect(after(60)).toMatchObject({ nowRatio: 0.1, totalMs: 100 });
    expect(after(500)).toMatchObject({ nowRatio: 0.5, totalMs: 540 });
    expect(after(5_000)).toMatchObject({ nowRatio: 1, totalMs: 5_040 });
  });

  test('has a row for a session that was opened after it was made', () => {
    const late = blockRow({ ...OTHER, session: 's-3', block: 'main:9' });
    const whole = completeSnapshot(snapshot(), view({ ongoing: [late], heldForMs: 400 }));
    expect(rowOf(whole, 's-3')).toMatchObject({
      tenant: OTHER.tenant,
      agent: OTHER.agent,
      isolate: 'main',
      rung: 'coroutine',
      status: 'slow',
      blocked: { count: 1, lastPlace: PLACE },
    });
    expect(whole.tenants[1]!.blocked.count).toBe(1);
  });

  test('has the rung of such a session’s isolate, and one row for several blocks', () => {
    const late = { ...OTHER, session: 's-3', isolate: 'thread-1' };
    const ongoing = [blockRow({ ...late, block: 'a:1' }), blockRow({ ...late, block: 'a:2' })];
    const whole = completeSnapshot(snapshot(), view({ ongoing }));
    expect(whole.sessions).toHaveLength(3);
    expect(rowOf(whole, 's-3')).toMatchObject({ rung: 'thread', blocked: { count: 2 } });
  });

  test('blames no session for a block of the host', () => {
    const nobody = { cause: 'host' as const, session: null, tenant: null, agent: null };
    const whole = completeSnapshot(snapshot(), view({ ongoing: [blockRow(nobody)] }));
    expect(whole.sessions).toEqual(snapshot().sessions);
    expect(whole.tenants).toEqual(snapshot().tenants);
    expect(whole.blocks).toHaveLength(1);
  });

  test('is older by the time that it was held', () => {
    const whole = completeSnapshot(snapshot(), view({ heldForMs: 700 }));
    expect(whole.observer.heldForMs).toBe(700);
    expect(whole.runtime.uptimeMs).toBe(705);
    expect(rowOf(whole, 's-1')).toMatchObject({ durationMs: 1_700, idleMs: 710 });
  });

  test('is accepted by the schema', () => {
    const late = blockRow({ ...OTHER, session: 's-3', block: 'main:9' });
    const whole = completeSnapshot(snapshot(), view({ ongoing: [blockRow(), late] }));
    expect(parseSnapshot(JSON.parse(JSON.stringify(whole)))).toEqual(whole);
  });
});

describe('a bucket of the histogram', () => {
  test.each([
    [51, 0],
    [100, 0],
    [101, 1],
    [500, 2],
    [1_000, 3],
    [1_001, 4],
  ])('of %i ms is number %i', (durationMs, bucket) => {
    expect(bucketOf(durationMs)).toBe(bucket);
  });
});

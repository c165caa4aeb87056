import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { MetricsOptions } from '../../src/metrics/metrics-options.js';
import type { MetricsRecord } from '../../src/metrics/metrics-record.js';
import { AgentPool } from '../../src/pool/agent-pool.js';
import { MetricsStream } from '../../src/pool/metrics-stream.js';
import { Observers } from '../../src/pool/observers.js';
import { parsePoolOptions } from '../../src/pool/pool-options.js';
import { endedRecord } from '../../src/pool/session-records.js';
import type { Outcome } from '../../src/session/outcome.js';
import type { BlockRow } from '../../src/snapshot/figures.js';
import type { Snapshot } from '../../src/snapshot/snapshot.js';
import { caught, thrownBy } from '../caught.js';
import { gate } from '../gate.js';
import { ManualClock } from '../manual-clock.js';
import { MemoryLog } from '../memory-log.js';
import { FakeDisk, diskError } from '../metrics/fake-disk.js';
import { readLines, readRecords, type Line } from '../metrics/metrics-lines.js';
import { tempFolder } from '../temp-folder.js';
import { turns } from '../turns.js';
import { FakeIsolates } from './fake-isolates.js';
import { agentOf, echo, makePool, patient, startedPool } from './test-pool.js';

const newFile = (): string => path.join(tempFolder(), 'metrics.jsonl');
const recordsOf = (file: string): MetricsRecord[] => readRecords(readFileSync(file, 'utf8'));
const eventsOf = (file: string): unknown[] =>
  recordsOf(file).flatMap(({ kind, payload }) => (kind === 'event' ? [payload] : []));

describe('the metrics of a pool', () => {
  test('tell of each session when it starts and how it ended', async () => {
    const file = newFile();
    const failing = agentOf('failing', () => {
      throw Object.assign(new Error(`broken ${'\u{1F600}'.repeat(400)}`), { code: 'E_OWN' });
    });
    const { pool, clock } = await startedPool({
      agents: [echo, failing, patient],
      metrics: { jsonl: file },
      deploymentVersion: 'v7',
    });
    const session = await pool.open({ tenant: 'acme' });
    await session.send('a');
    await session.messages.next();
    clock.advance(25);
    await session.close();
    const failed = await pool.open({ tenant: 'acme', agent: 'failing' });
    await failed.done;
    const cancelled = await pool.open({ agent: 'patient' });
    await cancelled.cancel('enough');
    await pool.close();

    const facts = {
      session: session.id,
      tenant: 'acme',
      agent: 'echo',
      rung: 'coroutine',
      isolate: 'main',
      deploymentVersion: 'v7',
    };
    const events = eventsOf(file);
    expect(events).toHaveLength(6);
    expect(events).toContainEqual({ event: 'session.started', ...facts });
    expect(events).toContainEqual({
      event: 'session.finished',
      ...facts,
      status: 'succeeded',
      reason: 'completed',
      code: null,
      error: null,
      durationMs: 25,
      cpuMs: null,
      blockedMs: null,
      memoryPeakBytes: null,
      moves: 0,
      messagesIn: 1,
      messagesOut: 1,
    });
    expect(events).toContainEqual(
      expect.objectContaining({
        event: 'session.failed',
        session: failed.id,
        status: 'failed',
        reason: 'failed',
        code: 'E_OWN',
        error: `broken ${'\u{1F600}'.repeat(246)}`,
      }),
    );
    expect(events).toContainEqual(
      expect.objectContaining({
        event: 'session.finished',
        session: cancelled.id,
        status: 'cancelled',
        reason: 'cancelled',
        code: 'TENANTRY_SESSION_CANCELLED',
      }),
    );
  });

  test('are numbered from 1 without a gap, in the order of what happened', async () => {
    const file = newFile();
    const { pool, clock } = await startedPool({ metrics: { jsonl: file } });
    const ids: string[] = [];
    for (let index = 0; index < 20; index += 1) {
      clock.advance(1);
      const session = await pool.open();
      ids.push(session.id);
      await session.close();
    }
    await pool.close();
    const records = recordsOf(file);
    expect(records.map(({ seq }) => seq)).toEqual(records.map((_record, index) => index + 1));
    const times = records.map(({ time }) => time);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times.at(-1)).toBe(clock.epochMs());
    const ofSessions = eventsOf(file).map((payload) => {
      const { event, session } = payload as { event: string; session: string };
      return `${event} ${session}`;
    });
    expect(ofSessions).toEqual(
      ids.flatMap((id) => [`session.started ${id}`, `session.finished ${id}`]),
    );
  });

  test('carry runtime events as observers are told them', async () => {
    const file = newFile();
    const isolates = new FakeIsolates();
    const { pool } = await startedPool({ isolates: isolates.factory, metrics: { jsonl: file } });
    const { emit } = isolates.context!;
    const isolate = { isolate: 'p1', tenant: 'acme', rung: 'process' } as const;
    const block = {
      block: 'b1',
      isolate: 'main',
      cause: 'session',
      session: 's1',
      tenant: 'acme',
      agent: 'echo',
      startedAtMs: 1,
      durationMs: 320,
      isOngoing: true,
      place: { function: 'chargeCard', file: 'agents/billing.js', line: 42 },
      stack: [],
    } satisfies BlockRow;
    const stray = { session: 's1', tenant: 'acme', agent: 'echo', message: 'm' };
    const ended = { reason: 'exit', detail: 'code 1', abnormal: true, sessionsLost: 2 };
    emit({ kind: 'isolate.started', ...isolate, pid: 7, startMs: 90 });
    emit({ kind: 'isolate.ended', ...isolate, ...ended });
    emit({ kind: 'isolate.stuck', isolate: 'p1', tenant: null, detail: 'd' });
    emit({ kind: 'isolate.gave-up', tenant: 'acme', restarts: 5, quarantinedForMs: 300 });
    emit({ kind: 'session.stray-error', ...stray });
    emit({ kind: 'loop.blocked', ...block });
    emit({ kind: 'observer.ended', detail: 'd', restarts: 1 });
    await pool.close();
    expect(eventsOf(file)).toEqual([
      { event: 'isolate.started', ...isolate, pid: 7, startMs: 90 },
      { event: 'isolate.ended', ...isolate, ...ended },
      { event: 'isolate.stuck', isolate: 'p1', tenant: null, detail: 'd' },
      { event: 'isolate.gave-up', tenant: 'acme', restarts: 5, quarantinedForMs: 300 },
      { event: 'session.stray-error', ...stray },
      { event: 'loop.blocked', ...block },
      { event: 'observer.ended', detail: 'd', restarts: 1 },
    ]);
  });

  test('hold a snapshot of the start, and one of the end with the final counts', async () => {
    const file = newFile();
    const { pool } = await startedPool({ metrics: { jsonl: file } });
    await (await pool.open({ tenant: 'acme' })).close();
    await pool.close();
    const snapshots = recordsOf(file).flatMap(({ kind, payload }) =>
      kind === 'snapshot' ? [payload] : [],
    );
    expect(snapshots).toMatchObject([
      { runtime: { state: 'running' }, totals: { totalSessionsStarted: 0 } },
      { runtime: { state: 'draining' }, totals: { totalSessionsStarted: 1 } },
    ]);
  });

  test('hold what ends with the pool: sessions and isolates', async () => {
    const file = newFile();
    const isolates = new FakeIsolates();
    isolates.close = async () => {
      isolates.context!.emit({ kind: 'isolate.stuck', isolate: 'p1', tenant: null, detail: 'd' });
    };
    const { pool } = await startedPool({
      agents: [patient],
      isolates: isolates.factory,
      metrics: { jsonl: file },
    });
    await pool.open();
    await pool.close();
    expect(eventsOf(file)).toMatchObject([
      { event: 'session.started' },
      { event: 'session.finished', reason: 'shutdown' },
      { event: 'isolate.stuck' },
    ]);
  });

  test('are appended by the next pool, and refused to a second one at once', async () => {
    const file = newFile();
    const { pool } = await startedPool({ metrics: { jsonl: file } });
    const { pool: second } = makePool({ metrics: { jsonl: file } });
    expect((await caught(() => second.start())).code).toBe('TENANTRY_METRICS_FAILED');
    expect(second.state).toBe('created');
    await pool.close();
    const before = recordsOf(file).length;
    await second.start();
    await second.close();
    expect(recordsOf(file).slice(before)).toMatchObject([{ seq: 1 }, { seq: 2 }]);
  });

  test('that cannot be opened fail the start, which leaves nothing running', async () => {
    const file = path.join(tempFolder(), 'missing', 'metrics.jsonl');
    const pool = new AgentPool(
      { agents: [echo], metrics: { jsonl: file }, introspectionSocketPath: `${tempFolder()}/s` },
      { clock: new ManualClock(), log: new MemoryLog() },
    );
    const error = await caught(() => pool.start());
    expect(error).toMatchObject({
      code: 'TENANTRY_METRICS_FAILED',
      message: `metrics.jsonl ${file}: its folder does not exist`,
    });
    expect([pool.state, pool.socketPath]).toEqual(['created', undefined]);
    await pool.close();
  });
});

interface OpenStream {
  readonly stream: MetricsStream;
  readonly clock: ManualClock;
  readonly disk: FakeDisk;
  readonly log: MemoryLog;
  readonly lines: () => readonly Line[];
}

async function openStream(snapshot: () => Promise<unknown>): Promise<OpenStream> {
  const [clock, log, disk] = [new ManualClock(), new MemoryLog(), new FakeDisk()];
  const options: MetricsOptions = {
    jsonl: '/metrics.jsonl',
    snapshotIntervalMs: 10_000,
    maxFileBytes: 100_000,
    maxFiles: 5,
    maxBufferedRecords: 10,
  };
  const stream = await MetricsStream.open(options, {
    clock,
    log,
    disk,
    observers: new Observers(log, clock),
    snapshot: snapshot as () => Promise<Snapshot>,
  });
  return { stream, clock, disk, log, lines: () => readLines(disk.text('/metrics.jsonl')).lines };
}

describe('the snapshots of a metrics stream', () => {
  test('come at their interval until it is closed', async () => {
    let taken = 0;
    const { stream, clock, lines } = await openStream(async () => ({ taken: (taken += 1) }));
    stream.begin(10_000);
    await turns();
    for (const stepMs of [9_999, 1, 10_000]) {
      clock.advance(stepMs);
      await turns();
    }
    const startMs = clock.epochMs() - 20_000;
    expect(lines().map(({ time, payload }) => [time - startMs, payload])).toEqual([
      [0, { taken: 1 }],
      [10_000, { taken: 2 }],
      [20_000, { taken: 3 }],
    ]);
    await stream.close();
    clock.advance(100_000);
    await turns();
    expect([taken, lines().length, clock.armedCount]).toEqual([4, 4, 0]);
  });

  test('are not taken while one waits for the disk, and are counted as missing', async () => {
    let taken = 0;
    const { stream, clock, disk, lines } = await openStream(async () => ({ taken: (taken += 1) }));
    disk.before = (operation) => {
      if (operation === 'append') throw diskError('ENOSPC');
    };
    stream.begin(10_000);
    await turns();
    for (let tick = 0; tick < 3; tick += 1) {
      clock.advance(10_000);
      await turns();
    }
    disk.before = () => undefined;
    expect(taken).toBe(1);
    clock.advance(1_000);
    await turns();
    expect(lines().map(({ payload }) => payload)).toMatchObject([
      { taken: 1 },
      { event: 'metrics.overflow', droppedCount: 3, droppedByKind: { snapshot: 3, event: 0 } },
    ]);
    await stream.close();
  });

  test('that fail or hang are logged, counted, and stop no other record', async () => {
    const answers = [Promise.reject(new Error('own')), new Promise(() => {})];
    answers[0]!.catch(() => {});
    const { stream, clock, lines, log } = await openStream(() => answers.shift()!);
    stream.begin(10_000);
    await turns();
    expect(log.lines).toMatchObject([
      {
        level: 'warn',
        message: '[metrics] no snapshot was recorded',
        fields: { code: 'unknown', reason: 'own' },
      },
    ]);
    clock.advance(20_000);
    stream.onRuntimeEvent({ kind: 'observer.ended', detail: 'd', restarts: 1 });
    await turns();
    expect(lines().map(({ payload }) => payload)).toMatchObject([
      { event: 'metrics.overflow', droppedByKind: { snapshot: 1, event: 0 } },
      { event: 'metrics.overflow', droppedByKind: { snapshot: 1, event: 0 } },
      { event: 'observer.ended' },
    ]);
    const closing = stream.close();
    await clock.whenArmed();
    clock.advance(2_000);
    await closing;
  });

  test('hold up a close no longer than two seconds', async () => {
    const taking = gate<unknown>();
    const { stream, clock, disk } = await openStream(() => taking.promise);
    stream.begin(10_000);
    const closing = stream.close();
    await turns(2);
    clock.advance(2_000);
    await closing;
    expect(disk.openCount).toBe(0);
  });
});

test('the end of a session states what it cost where the outcome does', () => {
  const info = {
    session: 's1',
    tenant: 'acme',
    agent: 'echo',
    rung: 'thread',
    isolate: 't1',
    metadata: {},
    startedAtMs: 1,
    deploymentVersion: null,
  } as const;
  const outcome = {
    status: 'succeeded',
    reason: 'completed',
    session: 's1',
    tenant: 'acme',
    agent: 'echo',
    isolation: 'thread',
    isolate: 't1',
    cpuMs: 3,
    blockedMs: 2,
    memoryPeakBytes: 9,
    moves: 1,
    durationMs: 5,
    messagesIn: 0,
    messagesOut: 0,
    deploymentVersion: null,
  } satisfies Outcome;
  const cost = { cpuMs: 3.5, blockedMs: 1 };
  expect(endedRecord(info, { ...outcome, ...cost })).toMatchObject({
    ...cost,
    memoryPeakBytes: 9,
    moves: 1,
  });
});

describe('the option metrics', () => {
  test('is complete with its path alone', () => {
    expect(parsePoolOptions({ metrics: { jsonl: 'm.jsonl' } }).metrics).toEqual({
      jsonl: 'm.jsonl',
      snapshotIntervalMs: 10_000,
      maxFileBytes: 67_108_864,
      maxFiles: 5,
      maxBufferedRecords: 10_000,
    });
    expect(parsePoolOptions({}).metrics).toBeUndefined();
  });

  test.each<readonly [unknown, string, string]>([
    [{}, 'metrics.jsonl', 'undefined'],
    ['m.jsonl', 'metrics', '"m.jsonl"'],
    [{ jsonl: '' }, 'metrics.jsonl', '""'],
    [{ jsonl: 'm', snapshotIntervalMs: 249 }, 'metrics.snapshotIntervalMs', '249'],
    [{ jsonl: 'm', snapshotIntervalMs: 3_600_001 }, 'metrics.snapshotIntervalMs', '3600001'],
    [{ jsonl: 'm', maxFileBytes: 65_535 }, 'metrics.maxFileBytes', '65535'],
    [{ jsonl: 'm', maxFileBytes: 70_000.5 }, 'metrics.maxFileBytes', '70000.5'],
    [{ jsonl: 'm', maxFiles: -1 }, 'metrics.maxFiles', '-1'],
    [{ jsonl: 'm', maxFiles: 101 }, 'metrics.maxFiles', '101'],
    [{ jsonl: 'm', maxBufferedRecords: 0 }, 'metrics.maxBufferedRecords', '0'],
    [{ jsonl: 'm', maxBufferedRecords: '9' }, 'metrics.maxBufferedRecords', '"9"'],
    [{ jsonl: 'm', maxFile: 5 }, 'metrics: Unrecognized key: "maxFile"', 'an object'],
  ])('%j is refused with its path and the received value', (metrics, where, received) => {
    const error = thrownBy(() => parsePoolOptions({ metrics }));
    expect(error.code).toBe('TENANTRY_OPTIONS_INVALID');
    expect(error.message).toContain(where);
    expect(error.message).toContain(`received ${received}`);
  });
});

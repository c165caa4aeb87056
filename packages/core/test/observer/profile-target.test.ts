import { describe, expect, test } from '@jest/globals';
import { resolveProfileTarget } from '../../src/observer/profile-target.js';
import type { EndRow } from '../../src/snapshot/figures.js';
import { mergeSnapshot } from '../../src/snapshot/merge.js';
import { NO_BLOCKS } from '../../src/snapshot/figures.js';
import type { IsolateRecord, SessionEntry, TenantEntry } from '../../src/snapshot/report.js';
import type { Snapshot } from '../../src/snapshot/snapshot.js';
import { thrownBy } from '../caught.js';
import { inputWith, record } from '../snapshot/merge-inputs.js';

const ONE = '11111111-aaaa-4aaa-8aaa-aaaaaaaaaaaa';
const TWO = '11111111-bbbb-4bbb-8bbb-bbbbbbbbbbbb';
const THREE = '33333333-cccc-4ccc-8ccc-cccccccccccc';

const main = record({ isolate: 'main', tenant: null, rung: 'coroutine', scope: null });
const thread = record({ isolate: 'thread-1', rung: 'thread', threadId: 4 });

const session = (id: string, fields: Partial<SessionEntry> = {}): SessionEntry => ({
  session: id,
  tenant: 'acme',
  agent: 'echo',
  rung: 'thread',
  isolate: 'thread-1',
  state: 'active',
  durationMs: 1,
  idleMs: 1,
  messagesIn: 0,
  messagesOut: 0,
  queuedIn: 0,
  queuedOut: 0,
  blocked: NO_BLOCKS,
  memoryPeakBytes: null,
  ...fields,
});

const tenant = (id: string, rung: TenantEntry['rung']): TenantEntry => ({
  tenant: id,
  rung,
  active: 0,
  maxSessions: null,
  started: 0,
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

const end = (id: string, fields: Partial<EndRow> = {}): EndRow => ({
  session: id,
  tenant: 'acme',
  agent: 'echo',
  rung: 'thread',
  reason: 'completed',
  status: 'succeeded',
  code: null,
  agoMs: 12_400,
  durationMs: 1,
  cpuMs: null,
  blockedMs: null,
  ...fields,
});

/** CPU of sessions now, which a merge would take from reports. */
function burning(snapshot: Snapshot, ratios: Readonly<Record<string, number>>): Snapshot {
  return {
    ...snapshot,
    sessions: snapshot.sessions.map((row) => ({
      ...row,
      cpu: {
        nowRatio: ratios[row.session] ?? 0,
        minuteRatio: 0,
        totalMs: 0,
        method: 'turn-clock' as const,
      },
    })),
  };
}

const refusal = (snapshot: Snapshot, name: string): string => {
  const { code, message } = thrownBy(() => resolveProfileTarget(snapshot, name));
  expect(code).toBe('TENANTRY_PROFILE_TARGET_UNKNOWN');
  return message;
};

describe('the target of a profile', () => {
  const snapshot = mergeSnapshot(
    inputWith({
      isolates: [main, thread],
      tenants: [tenant('acme', 'thread'), tenant('globex', 'coroutine'), tenant('main', 'thread')],
      sessions: [
        session(ONE),
        session(TWO),
        session(THREE, { tenant: 'globex', rung: 'coroutine', isolate: 'main' }),
      ],
    }),
  );

  test('is an isolate by its name, before a tenant that has the same', () => {
    expect(resolveProfileTarget(snapshot, 'main')).toEqual({
      isolate: 'main',
      rung: 'coroutine',
      session: null,
      tenant: null,
      sessions: 1,
      threadId: null,
    });
    expect(resolveProfileTarget(snapshot, 'thread-1')).toMatchObject({
      tenant: 'acme',
      sessions: 2,
      threadId: 4,
    });
  });

  test('is the isolate of a session, by its id or the beginning of it', () => {
    const expected = { isolate: 'thread-1', session: TWO, tenant: 'acme', threadId: 4 };
    expect(resolveProfileTarget(snapshot, TWO)).toMatchObject(expected);
    expect(resolveProfileTarget(snapshot, TWO.slice(0, 10))).toMatchObject(expected);
    expect(resolveProfileTarget(snapshot, THREE.slice(0, 8))).toMatchObject({ isolate: 'main' });
  });

  test('is not a session by fewer than 8 characters, nor by a beginning that two have', () => {
    expect(refusal(snapshot, THREE.slice(0, 7))).toContain('has no isolate, session or tenant');
    expect(refusal(snapshot, '11111111')).toBe(
      '2 sessions begin with "11111111": give more of the id',
    );
  });

  test('is the isolate of a tenant, the shared loop for one that runs there', () => {
    expect(resolveProfileTarget(snapshot, 'acme')).toMatchObject({
      isolate: 'thread-1',
      session: null,
      tenant: 'acme',
    });
    expect(resolveProfileTarget(snapshot, 'globex')).toMatchObject({
      isolate: 'main',
      tenant: 'globex',
    });
  });

  test('is unknown with the names that are known', () => {
    expect(refusal(snapshot, 'nobody')).toBe(
      'pool "tenantry" has no isolate, session or tenant "nobody"; its isolates: main, thread-1; ' +
        'its tenants: acme, globex, main',
    );
  });
});

describe('of a tenant in several isolates, the target', () => {
  const isolates = [main, thread, record({ isolate: 'thread-2', rung: 'thread', threadId: 5 })];
  const snapshot = mergeSnapshot(
    inputWith({
      isolates,
      tenants: [tenant('acme', 'thread')],
      sessions: [
        session(ONE),
        session(TWO, { isolate: 'thread-2' }),
        session(THREE, { isolate: 'main', rung: 'coroutine' }),
      ],
    }),
  );

  test.each([
    ['thread-1', { [ONE]: 0.5, [TWO]: 0.1 }],
    ['thread-2', { [ONE]: 0.5, [TWO]: 1 }],
    ['main', { [ONE]: 0.1, [THREE]: 0.2 }],
  ])('is %s where its sessions use most CPU now', (isolate, ratios) => {
    expect(resolveProfileTarget(burning(snapshot, ratios), 'acme')).toMatchObject({ isolate });
  });

  test('is never one that has ended', () => {
    const ended = { ...isolates[1]!, state: 'stopped' as const };
    const rest = mergeSnapshot(inputWith({ isolates: [ended, isolates[2]!] }));
    expect(resolveProfileTarget(rest, 'acme')).toMatchObject({ isolate: 'thread-2' });
  });
});

describe('a target that has ended', () => {
  const lastEnd = { reason: 'unresponsive', detail: 'no sign of life', agoMs: 3_210 } as const;
  const ofEnded = (fields: Partial<IsolateRecord>): Snapshot =>
    mergeSnapshot(
      inputWith({
        isolates: [main, { ...thread, ...fields }],
        tenants: [tenant('acme', 'thread')],
      }),
    );

  test.each([
    ['stopped', lastEnd, 'has ended: 3.2 s ago (unresponsive, no sign of life)'],
    ['backoff', lastEnd, 'has ended: 3.2 s ago (unresponsive, no sign of life)'],
    ['stuck', lastEnd, 'is being ended: 3.2 s ago (unresponsive, no sign of life)'],
    ['stopping', null, 'is being ended'],
    ['starting', null, 'is starting and has nothing to profile yet'],
  ] as const)('as an isolate that is %s is told with how it ended', (state, end, told) => {
    const snapshot = ofEnded({ state, lastEnd: end });
    expect(refusal(snapshot, 'thread-1')).toBe(`isolate thread-1 ${told}`);
    expect(refusal(snapshot, 'acme')).toBe(
      `tenant "acme" has no isolate that runs: isolate thread-1 ${told}`,
    );
  });

  test('as a session is told with when and how', () => {
    const snapshot = mergeSnapshot(
      inputWith({ isolates: [main], recentEnds: [end(ONE), end(THREE, { agoMs: 180_000 })] }),
    );
    const told = `session ${ONE} of tenant "acme" ended 12 s ago (completed)`;
    expect(refusal(snapshot, ONE)).toBe(told);
    expect(refusal(snapshot, ONE.slice(0, 8))).toBe(told);
    expect(refusal(snapshot, THREE)).toContain('ended 3 min ago');
  });

  test('as a tenant without isolates is told by its last session, or as one that never ran', () => {
    const snapshot = mergeSnapshot(
      inputWith({
        isolates: [main],
        tenants: [tenant('acme', 'thread'), tenant('idle', 'process')],
        recentEnds: [end(ONE, { reason: 'timed-out' })],
      }),
    );
    expect(refusal(snapshot, 'acme')).toBe(
      `tenant "acme" has no isolate that runs: its last session, ${ONE}, ended 12 s ago (timed-out)`,
    );
    expect(refusal(snapshot, 'idle')).toBe('tenant "idle" has no isolate that runs');
  });
});

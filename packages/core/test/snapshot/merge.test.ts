import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mergeSnapshot } from '../../src/snapshot/merge.js';
import type { IsolateRecord } from '../../src/snapshot/report.js';
import { parseSnapshot } from '../../src/snapshot/snapshot.js';
import { inputWith, mergeInput, record } from './merge-inputs.js';

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
const shuffled = <T>(items: readonly T[]): fc.Arbitrary<T[]> =>
  fc.shuffledSubarray([...items], { minLength: items.length });

describe('a merged snapshot', () => {
  test('does not depend on the order of tenants, sessions, isolates and agents', () => {
    const pair = mergeInput.chain((input) =>
      fc
        .record({
          tenants: shuffled(input.tenants),
          sessions: shuffled(input.sessions),
          isolates: shuffled(input.isolates),
          registeredAgents: shuffled(input.registeredAgents),
        })
        .map((reordered) => [input, { ...input, ...reordered }] as const),
    );
    fc.assert(
      fc.property(pair, ([one, other]) => {
        expect(JSON.stringify(mergeSnapshot(other))).toBe(JSON.stringify(mergeSnapshot(one)));
      }),
    );
  });

  test('is stable and leaves its input as it was', () => {
    fc.assert(
      fc.property(mergeInput, (input) => {
        const before = JSON.stringify(input);
        const first = mergeSnapshot(input);
        expect(mergeSnapshot(input)).toEqual(first);
        expect(JSON.stringify(input)).toBe(before);
      }),
    );
  });

  test('is accepted by the schema, also after JSON', () => {
    fc.assert(
      fc.property(mergeInput, (input) => {
        const merged = mergeSnapshot(input);
        expect(parseSnapshot(JSON.parse(JSON.stringify(merged)))).toEqual(merged);
      }),
    );
  });

  test('has totals that are the sums of its rows', () => {
    fc.assert(
      fc.property(mergeInput, (input) => {
        const { totals, tenants, sessions, isolates, coverage, ...by } = mergeSnapshot(input);
        expect(totals.activeSessions).toBe(sessions.length);
        expect(sum(Object.values(by.sessionsByTenant))).toBe(sessions.length);
        expect(sum(Object.values(by.sessionsByAgent))).toBe(sessions.length);
        expect(totals.totalSessionsStarted).toBe(sum(tenants.map(({ started }) => started)));
        expect(totals.totalSessionFailures).toBe(sum(tenants.map(({ failures }) => failures)));
        expect(totals.messagesIn).toBe(sum(tenants.map(({ messagesIn }) => messagesIn)));
        expect(totals.messagesOut).toBe(sum(tenants.map(({ messagesOut }) => messagesOut)));
        expect(totals.strayErrors).toBe(sum(tenants.map(({ strayErrors }) => strayErrors)));
        for (const what of ['ends', 'refusals'] as const) {
          expect(sum(Object.values(totals[what]))).toBe(
            sum(tenants.flatMap((row) => Object.values(row[what]))),
          );
        }
        expect(coverage.fresh + coverage.stale + coverage.lost).toBe(isolates.length);
        const known = new Set(isolates.map(({ isolate }) => isolate));
        expect(sum(isolates.map((row) => row.sessions))).toBe(
          sessions.filter(({ isolate }) => known.has(isolate)).length,
        );
      }),
    );
  });

  test('never counts CPU back when an isolate is retired', () => {
    fc.assert(
      fc.property(mergeInput, fc.nat(5), (input, index) => {
        const gone = input.isolates[index % Math.max(1, input.isolates.length)];
        fc.pre(gone !== undefined && gone.rung !== 'thread');
        const used = gone.report?.figures.cpuMs ?? 0;
        const after = mergeSnapshot({
          ...input,
          isolates: input.isolates.filter((one) => one !== gone),
          retired: {
            ...input.retired,
            isolates: input.retired.isolates + 1,
            cpuMs: input.retired.cpuMs + used,
          },
        });
        const before = mergeSnapshot(input);
        expect(after.totals.cpuMs).toBe(before.totals.cpuMs);
        expect(after.totals.isolatesEnded).toBe(before.totals.isolatesEnded + 1);
        expect(after.totals.totalSessionsStarted).toBe(before.totals.totalSessionsStarted);
      }),
    );
  });
});

describe('the totals of a merged snapshot', () => {
  const totalsOf = (...isolates: IsolateRecord[]): ReturnType<typeof mergeSnapshot>['totals'] =>
    mergeSnapshot(inputWith({ isolates })).totals;
  const figures = (fields: object): Pick<IsolateRecord, 'report'> => ({
    report: { ...record().report!, figures: { ...record().report!.figures, ...fields } },
  });

  test('count the memory of a process once, however many isolates live in it', () => {
    const inMain = { pid: 1, rung: 'thread' as const, ...figures({ rssBytes: null }) };
    const totals = totalsOf(
      record({ isolate: 'main', pid: 1, rung: 'coroutine' }),
      record({ isolate: 't1', ...inMain }),
      record({ isolate: 't2', ...inMain }),
      record({ isolate: 'p1', pid: 2 }),
    );
    expect(totals.rssBytes).toBe(2_000);
  });

  test('count a thread’s CPU with its process and a child’s by itself', () => {
    const totals = totalsOf(
      record({ isolate: 'main', rung: 'coroutine', ...figures({ cpuMs: 100 }) }),
      record({ isolate: 't1', rung: 'thread', ...figures({ cpuMs: 30 }) }),
      record({ isolate: 'p1', ...figures({ cpuMs: 5 }) }),
    );
    expect(totals.cpuMs).toBe(105);
  });

  test('leave out the memory and the ghosts of an isolate that is gone', () => {
    const totals = totalsOf(
      record({ isolate: 'p1', pid: 1 }),
      record({ isolate: 'p2', pid: 2, state: 'backoff' }),
      record({ isolate: 'p3', pid: 3, state: 'quarantined' }),
    );
    expect([totals.rssBytes, totals.ghosts]).toEqual([1_000, 2]);
  });

  test('take the oldest report of those that are not lost', () => {
    const { coverage } = mergeSnapshot(
      inputWith({
        isolates: [
          record({ isolate: 'p1', reportAgeMs: 20 }),
          record({ isolate: 'p2', reportAgeMs: 5_000 }),
          record({ isolate: 'p3', reportAgeMs: 90_000, state: 'stopped' }),
          record({ isolate: 'p4', reportAgeMs: null, report: null, state: 'starting' }),
        ],
      }),
    );
    expect(coverage).toEqual({
      isolates: 4,
      fresh: 1,
      stale: 2,
      lost: 1,
      oldestReportAgeMs: 5_000,
    });
  });
});

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { statusOf } from '../../src/snapshot/attribute.js';
import { mergeSnapshot } from '../../src/snapshot/merge.js';
import type { IsolateRecord, SessionEntry } from '../../src/snapshot/report.js';
import type { Snapshot } from '../../src/snapshot/snapshot.js';
import { wholePool } from './attribute-inputs.js';
import { inputWith, mergeInput, record } from './merge-inputs.js';

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

const tenantMs = ({ tenants }: Snapshot): Record<string, number> =>
  Object.fromEntries(tenants.map(({ tenant, cpu }) => [tenant, cpu?.totalMs ?? 0]));

describe('the shares of a pool', () => {
  test('of memory add up to what its processes hold', () => {
    fc.assert(
      fc.property(wholePool, (input) => {
        const { sessions, totals, unattributed } = mergeSnapshot(input);
        const shares = sum(sessions.map(({ memory }) => memory!.bytes));
        expect(shares + unattributed!.rssBytes).toBeCloseTo(totals.rssBytes, 3);
      }),
    );
  });

  test('of CPU add up to what its processes have used', () => {
    fc.assert(
      fc.property(wholePool, (input) => {
        const { tenants, totals, unattributed } = mergeSnapshot(input);
        const shares = sum(tenants.map(({ cpu }) => cpu?.totalMs ?? 0));
        expect(shares + unattributed!.cpu.totalMs).toBeCloseTo(totals.cpuMs, 3);
      }),
    );
  });

  test('of CPU now and in the last minute add up to the processes’ own', () => {
    fc.assert(
      fc.property(wholePool, (input) => {
        const { tenants, unattributed } = mergeSnapshot(input);
        for (const over of ['nowRatio', 'minuteRatio'] as const) {
          const whole = sum(
            input.isolates
              .filter(({ rung }) => rung !== 'thread')
              .map(({ report }) => {
                const { cpuNowRatio, cpuMinuteRatio } = report!.figures;
                return (over === 'nowRatio' ? cpuNowRatio : cpuMinuteRatio)!;
              }),
          );
          const shares = sum(tenants.map(({ cpu }) => cpu?.[over] ?? 0));
          expect(shares + unattributed!.cpu[over]).toBeCloseTo(whole, 6);
        }
      }),
    );
  });

  test('of one place’s CPU are the tenants’ on it and a rest', () => {
    fc.assert(
      fc.property(wholePool, (input) => {
        const { isolates } = mergeSnapshot(input);
        const threads = isolates.filter(({ rung }) => rung === 'thread');
        for (const row of isolates) {
          const { report } = input.isolates.find(({ isolate }) => isolate === row.isolate)!;
          const turns = sum(Object.values(report!.usage!.tenants).map(({ totalMs }) => totalMs));
          const inside = row.rung === 'coroutine' ? sum(threads.map(({ cpuMs }) => cpuMs!)) : 0;
          expect(turns + inside + row.unattributedCpuMs!).toBeCloseTo(row.cpuMs!, 3);
        }
      }),
    );
  });

  test('are never below zero, whatever is reported', () => {
    fc.assert(
      fc.property(mergeInput, (input) => {
        const { sessions, tenants, isolates, unattributed } = mergeSnapshot(input);
        for (const { cpu, memory } of sessions) {
          expect(cpu?.totalMs ?? 0).toBeGreaterThanOrEqual(0);
          expect(memory?.bytes ?? 0).toBeGreaterThanOrEqual(0);
        }
        for (const { cpu } of tenants) expect(cpu?.totalMs ?? 0).toBeGreaterThanOrEqual(0);
        for (const row of isolates) expect(row.unattributedCpuMs ?? 0).toBeGreaterThanOrEqual(0);
        const { cpu, rssBytes } = unattributed ?? { cpu: { totalMs: 0 }, rssBytes: 0 };
        expect(Math.min(cpu.totalMs, rssBytes)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  test('of a tenant never go back when an isolate retires', () => {
    fc.assert(
      fc.property(wholePool, fc.nat(6), (input, index) => {
        const gone = input.isolates[index % input.isolates.length]!;
        fc.pre(gone.rung !== 'coroutine');
        const tenantCpuMs = { ...input.retired.tenantCpuMs };
        for (const [tenant, { totalMs }] of Object.entries(gone.report!.usage!.tenants)) {
          tenantCpuMs[tenant] =
            (Object.hasOwn(tenantCpuMs, tenant) ? tenantCpuMs[tenant]! : 0) + totalMs;
        }
        const used = gone.rung === 'process' ? gone.report!.figures.cpuMs! : 0;
        const after = mergeSnapshot({
          ...input,
          isolates: input.isolates.filter((one) => one !== gone),
          sessions: input.sessions.filter(({ isolate }) => isolate !== gone.isolate),
          retired: { isolates: 1, cpuMs: input.retired.cpuMs + used, tenantCpuMs },
        });
        const before = mergeSnapshot(input);
        expect(tenantMs(after)).toEqual(tenantMs(before));
        expect(after.totals.cpuMs).toBe(before.totals.cpuMs);
      }),
    );
  });
});

describe('the memory of a session', () => {
  const at = (isolate: string, count: number): SessionEntry[] =>
    Array.from({ length: count }, (_, index) => ({
      session: `${isolate}-${index}`,
      tenant: 'acme',
      agent: 'support',
      rung: 'coroutine',
      isolate,
      state: 'active',
      durationMs: 0,
      idleMs: 0,
      messagesIn: 0,
      messagesOut: 0,
      queuedIn: 0,
      queuedOut: 0,
      blocked: { count: 0, totalMs: 0, longestMs: 0, lastPlace: null, lastAgoMs: null, minute: [] },
      memoryPeakBytes: index === 0 ? 5_000 : null,
    }));
  const holding = (
    isolate: string,
    rung: IsolateRecord['rung'],
    rssBytes: number | null,
  ): IsolateRecord => {
    const { report } = record();
    const figures = { ...report!.figures, rssBytes, heapUsedBytes: 300, externalBytes: 100 };
    return record({ isolate, rung, report: { ...report!, figures } });
  };
  const memoryIn = (snapshot: Snapshot, isolate: string): unknown[] =>
    snapshot.sessions.filter((row) => row.isolate === isolate).map(({ memory }) => memory);

  test('leaves the same rest to the last digit, in whatever order sessions are listed', () => {
    const isolates = [holding('main', 'coroutine', 1_650), holding('t1', 'thread', null)];
    const sessions = [...at('t1', 3), ...at('main', 1)];
    const restOf = (listed: SessionEntry[]): number | undefined => {
      const measured = isolates.map((one) => {
        return { ...one, report: { ...one.report!, usage: { tenants: {}, hostMs: 0 } } };
      });
      return mergeSnapshot(inputWith({ isolates: measured, sessions: listed })).unattributed
        ?.rssBytes;
    };
    const [a, b, c, d] = sessions as [SessionEntry, SessionEntry, SessionEntry, SessionEntry];
    expect(restOf([c, b, d, a])).toBe(restOf([a, b, c, d]));
  });

  test('says by which method, and among how many it was divided', () => {
    const snapshot = mergeSnapshot(
      inputWith({
        isolates: [
          holding('main', 'coroutine', 2_400),
          holding('t1', 'thread', null),
          holding('p1', 'process', 900),
        ],
        sessions: [...at('main', 4), ...at('t1', 2), ...at('p1', 1)],
      }),
    );
    const equal = { bytes: 500, method: 'equal-share', sharedBy: 4 };
    expect(memoryIn(snapshot, 'main')).toMatchObject([equal, equal, equal, equal]);
    const thread = { bytes: 200, method: 'thread-heap', sharedBy: 2 };
    expect(memoryIn(snapshot, 't1')).toMatchObject([thread, thread]);
    expect(memoryIn(snapshot, 'p1')).toMatchObject([
      { bytes: 900, method: 'process-rss', sharedBy: 1 },
    ]);
  });

  test('has the highest figure seen as its peak', () => {
    const { sessions } = mergeSnapshot(
      inputWith({ isolates: [holding('main', 'coroutine', 2_000)], sessions: at('main', 2) }),
    );
    expect(sessions.map(({ memory }) => memory!.peakBytes)).toEqual([5_000, 1_000]);
  });

  test('is unknown where its isolate has not reported', () => {
    const { sessions } = mergeSnapshot(
      inputWith({ isolates: [record({ isolate: 'p1', report: null })], sessions: at('p1', 1) }),
    );
    expect(sessions[0]!.memory).toBeNull();
  });
});

describe('the status of a session', () => {
  test.each<[string, Parameters<typeof statusOf>, string]>([
    ['slow for 5 s after a block', [{ state: 'active', idleMs: 0 }, 5_000], 'slow'],
    ['not slow any more after that', [{ state: 'active', idleMs: 0 }, 5_001], 'active'],
    ['slow also while it drains', [{ state: 'draining', idleMs: 0 }, 0], 'slow'],
    ['draining', [{ state: 'draining', idleMs: 60_000 }, null], 'draining'],
    ['idle after 10 s without a message', [{ state: 'active', idleMs: 10_000 }, null], 'idle'],
    ['active before', [{ state: 'active', idleMs: 9_999 }, null], 'active'],
  ])('is %s', (_what, [entry, agoMs], status) => {
    expect(statusOf(entry, agoMs)).toBe(status);
  });
});

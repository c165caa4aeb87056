import { describe, expect, test } from '@jest/globals';
import { NO_BLOCKS } from '@tenantry/core/snapshot';
import { SORT_KEYS, sortedIsolates, sortedSessions, sortedTenants } from '../../src/top/sort.js';
import { topSessions } from '../../src/top/top-session.js';
import { isolateRow, sampleSnapshot, sessionRow, tenantRow } from '../fixtures/sample-snapshot.js';

const cpu = (nowRatio: number) =>
  ({ nowRatio, minuteRatio: 0, totalMs: 0, method: 'turn-clock' }) as const;
const memory = (bytes: number) =>
  ({ bytes, peakBytes: bytes, method: 'process-rss', sharedBy: 1 }) as const;
const blocked = (totalMs: number) => ({ ...NO_BLOCKS, count: 1, totalMs });

describe('sortedSessions', () => {
  const rows = topSessions(
    sampleSnapshot({
      sessions: [
        sessionRow({
          session: 'a',
          agent: 'z',
          durationMs: 1,
          cpu: cpu(0.1),
          memory: memory(30),
          blocked: blocked(20),
        }),
        sessionRow({
          session: 'b',
          agent: 'y',
          durationMs: 3,
          cpu: null,
          memory: null,
          blocked: blocked(30),
        }),
        sessionRow({
          session: 'c',
          agent: 'x',
          durationMs: 2,
          cpu: cpu(0.2),
          memory: memory(20),
          blocked: blocked(10),
        }),
        sessionRow({
          session: 'd',
          agent: 'x',
          durationMs: 2,
          cpu: cpu(0.2),
          memory: memory(20),
          blocked: blocked(10),
        }),
      ],
    }),
  );
  const EXPECTED = {
    cpu_pct: 'cdab',
    mem_mb: 'acdb',
    blocked_ms: 'bacd',
    duration_s: 'bcda',
    agent: 'cdba',
    session: 'abcd',
  };

  test.each(SORT_KEYS)('%s: largest or first, ties by id, what has no figure last', (sort) => {
    const order = (from: typeof rows): string =>
      sortedSessions(from, sort)
        .map(({ session }) => session)
        .join('');
    expect(order(rows)).toBe(EXPECTED[sort]);
    expect(order([...rows].reverse())).toBe(EXPECTED[sort]);
  });
});

describe('tenants and isolates', () => {
  test('are sorted by the figures that they have, else by name, the shared loop first', () => {
    const tenants = [
      tenantRow({ tenant: 'b', cpu: cpu(0.1), memoryBytes: 2, blocked: blocked(2) }),
      tenantRow({ tenant: 'a', cpu: cpu(0.2), memoryBytes: 1, blocked: blocked(1) }),
    ];
    const order = SORT_KEYS.map((key) =>
      sortedTenants(tenants, key)
        .map(({ tenant }) => tenant)
        .join(''),
    );
    expect(order).toEqual(['ab', 'ba', 'ba', 'ab', 'ab', 'ab']);
    const isolates = [isolateRow({ isolate: 'child', cpu: cpu(1) }), isolateRow()];
    expect(sortedIsolates(isolates, 'session').map(({ isolate }) => isolate)).toEqual([
      'main',
      'child',
    ]);
    expect(sortedIsolates(isolates, 'cpu_pct').map(({ isolate }) => isolate)).toEqual([
      'child',
      'main',
    ]);
  });
});

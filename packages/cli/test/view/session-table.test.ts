import { describe, expect, test } from '@jest/globals';
import { NO_BLOCKS } from '@tenantry/core/snapshot';
import { idLength, sessionLines } from '../../src/view/session-table.js';
import { sessionRow } from '../fixtures/sample-snapshot.js';

const wide = { columns: null, hasColour: false, hasUnicode: true };
const manyRows = (count: number) =>
  Array.from({ length: count }, (_, at) =>
    sessionRow({ session: String(at).padStart(16, '0'), durationMs: at * 1_000 }),
  );

describe('sessionLines', () => {
  test('sessions come by tenant, the longest first', () => {
    const rows = [
      sessionRow({ session: 'aaaaaaaa1', tenant: 'b', durationMs: 1 }),
      sessionRow({ session: 'bbbbbbbb1', tenant: 'a', durationMs: 1 }),
      sessionRow({ session: 'cccccccc1', tenant: 'a', durationMs: 2 }),
    ];
    const ids = sessionLines(rows, wide).map((line) => /^│ (\w{8}) /.exec(line)?.[1]);
    expect(ids.filter(Boolean)).toEqual(['cccccccc', 'bbbbbbbb', 'aaaaaaaa']);
  });

  test('more than 200 are cut, and the cut is told', () => {
    const lines = sessionLines(manyRows(1_250), wide);
    expect(lines).toHaveLength(4 + 200 + 2);
    expect(lines.at(-1)).toBe('… and 1,050 more (--json has all)');
    expect(sessionLines(manyRows(200), wide).at(-2)).toMatch(/^└/);
  });
});

describe('sessionLines, what a session costs', () => {
  const lineOf = (over: Parameters<typeof sessionRow>[0]): string =>
    sessionLines([sessionRow(over)], wide)[3]!.replace(/ +/g, ' ');

  test('CPU, memory and blocked time, or "-" where they are not measured', () => {
    const blocked = { ...NO_BLOCKS, count: 2, totalMs: 640, longestMs: 320, lastAgoMs: 60_000 };
    expect(lineOf({ blocked })).toContain('│ support │ 25 │ ≈20.0 MiB │ 640 ms │');
    expect(lineOf({ cpu: null, memory: null })).toContain('│ support │ - │ - │ - │');
  });

  test('a share is marked and explained, an exact figure is not', () => {
    const exact = { bytes: 20_971_520, peakBytes: 20_971_520, sharedBy: 1 } as const;
    const rows = [sessionRow({ memory: { ...exact, method: 'process-rss' } })];
    expect(sessionLines(rows, wide).join()).not.toContain('≈');
    const shared = [sessionRow({ memory: { ...exact, sharedBy: 2, method: 'process-rss' } })];
    const lines = sessionLines(shared, wide);
    expect(lines[3]).toContain('≈20.0 MiB');
    expect(lines.at(-1)).toBe('≈ equal share of what was measured for several sessions');
    expect(sessionLines(shared, { ...wide, hasUnicode: false }).at(-1)).toMatch(/^~ equal share/);
  });
});

describe('idLength', () => {
  test('is eight where eight characters tell the sessions apart', () => {
    expect(idLength([])).toBe(8);
    expect(idLength(['0123456789', '1123456789'])).toBe(8);
  });

  test('is as long as the most alike two need', () => {
    expect(idLength(['0123456789a', 'zzz', '0123456789b'])).toBe(11);
  });
});

import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { parseSnapshot, type Snapshot } from '@tenantry/core/snapshot';
import { frameLines, onceLines } from '../../src/top/frame.js';
import type { TopState } from '../../src/top/screen-state.js';
import { snapshotText } from '../../src/view/snapshot-view.js';
import type { Terminal } from '../../src/view/terminal.js';
import { confinedSnapshot, ladder } from '../fixtures/confined-snapshot.js';
import { hostileSnapshot } from '../fixtures/hostile-snapshot.js';
import { blockRow, tenantRow } from '../fixtures/sample-snapshot.js';
import { press, topState } from '../fixtures/top-state.js';

const sized = (columns: number, rows: number, over: Partial<TopState> = {}): TopState =>
  topState({
    snapshot: confinedSnapshot(),
    terminal: { columns, hasColour: false, hasUnicode: true },
    rows,
    ...over,
  });
const squeezed = (line: string): string => line.replace(/ +/g, ' ').trim();
const rowOf = (lines: readonly string[], part: string): string =>
  squeezed(
    lines.find((line) =>
      squeezed(line)
        .replace(/^[>│] ?/, '')
        .startsWith(part),
    ) ?? '',
  );
/** The alert of a state, its lines joined. */
const alertOf = (over: Partial<Snapshot>): string =>
  squeezed(
    frameLines(sized(200, 40, { snapshot: confinedSnapshot(over) }))
      .slice(1, 5)
      .join(' '),
  );

test('the fixture is a snapshot of this version, and so is one without these fields', () => {
  const snapshot = confinedSnapshot();
  expect(parseSnapshot(JSON.parse(JSON.stringify(snapshot)))).toEqual(snapshot);
  expect(() =>
    parseSnapshot(confinedSnapshot({ tenants: [{ ...tenantRow(), ladder: {} as never }] })),
  ).toThrow('ladder');
});

describe('the tenants table of top', () => {
  test('marks who is held, and how', () => {
    const lines = frameLines(press(sized(160, 30), '2'));
    expect(rowOf(lines, 'tenant rung')).toMatch(
      /^tenant rung breaker score waiting active\/cap CPU%/,
    );
    expect(rowOf(lines, 'acme')).toMatch(/acme process 42\.0s open 12\.0s 3\.2\/5 4 7\/20/);
    expect(rowOf(lines, 'globex')).toMatch(/globex thread→coroutine 30\.0s - - - 2\/20/);
    expect(rowOf(lines, 'initech')).toMatch(/initech process \(pin\) - - - 1\/20/);
    expect(rowOf(lines, 'umbrella')).toMatch(/umbrella coroutine \(half-open\) \(6\/5\) - 6\/6/);
  });

  test('has no such columns where the pool has nothing of it', () => {
    const snapshot = confinedSnapshot({ tenants: [tenantRow()] });
    const lines = frameLines(press(sized(160, 30, { snapshot }), '2'));
    expect(rowOf(lines, 'tenant rung')).toMatch(/^tenant rung active\/cap CPU%/);
  });

  test('80 columns keep the rung and the breaker, 20 the name', () => {
    const at80 = frameLines(press(sized(80, 30), '2'));
    expect(rowOf(at80, 'acme')).toMatch(/process 42\.0s open 12\.0s/);
    const at20 = frameLines(press(sized(20, 30), '2'));
    expect(rowOf(at20, 'acme')).toContain('acme');
    for (const line of at20) expect(line.length).toBeLessThanOrEqual(20);
  });
});

describe('the detail of a tenant', () => {
  const detailOf = (tenant: string): string[] => {
    const screen = {
      mode: 'detail',
      subject: { kind: 'tenant', name: tenant },
      scroll: 0,
    } as const;
    return frameLines(sized(120, 60, { screen })).map(squeezed);
  };

  test('has ladder, bounds, score with the last offence and its place, breaker and queue', () => {
    expect(detailOf('acme')).toEqual(
      expect.arrayContaining([
        'ladder confined on process, 42.0 s left, 1 relapse',
        'bounds from coroutine to quarantined, pin -',
        'score 3.2/5, last offence: block 3.0 s ago at chargeCard (agents/billing.js:42)',
        'breaker open, 6 of 8 failed, opened 2 times, next probe in 12.0 s',
        'waiting 4, the oldest for 1.2 s',
      ]),
    );
    expect(detailOf('acme').some((line) => /^breaker (?!open:)/.test(line))).toBe(true);
  });

  test('says what there is none of', () => {
    const lines = detailOf('initech');
    expect(lines).toEqual(
      expect.arrayContaining([
        'ladder pinned to process, 0 relapses',
        'bounds from coroutine to quarantined, pin process',
        'score 0/5, last offence: none',
        'waiting nobody',
      ]),
    );
    // The alert above tells of another tenant's.
    expect(lines.some((line) => /^breaker (?!open:)/.test(line))).toBe(false);
  });
});

describe('the alert', () => {
  test('tells open breakers, and who was escalated within a minute', () => {
    expect(alertOf({})).toContain(
      'breaker open: acme (probe in 12.0 s) escalated: acme to process (block 3.0 s ago at chargeCard (agents/billing.js:42))',
    );
  });

  test('an escalation of more than a minute ago is no news, nor is a tenant that is free', () => {
    const of = (over: Parameters<typeof ladder>[0]): string =>
      alertOf({ tenants: [{ ...tenantRow(), ladder: ladder({ rung: 'thread', ...over }) }] });
    expect(of({ state: 'confined', sinceMs: 60_000 })).toContain('escalated: acme to thread');
    expect(of({ state: 'confined', sinceMs: 60_001 })).not.toContain('escalated');
    expect(of({ state: 'free', sinceMs: 0 })).not.toContain('escalated');
    expect(of({ state: 'confined', sinceMs: 0, lastOffence: null })).toContain('by hand');
  });

  test('the latest escalation comes first', () => {
    const at = (tenant: string, sinceMs: number) => ({
      ...tenantRow({ tenant }),
      ladder: ladder({ state: 'confined', rung: 'thread', sinceMs }),
    });
    expect(alertOf({ tenants: [at('old', 50_000), at('new', 1_000)] })).toMatch(
      /escalated: new to thread .*, old to thread/,
    );
  });

  test('a systemic alarm and a trail that cannot be written come before blocks', () => {
    const systemic = { tenants: ['acme', 'globex'], sinceMs: 12_000 };
    const alert = alertOf({
      confinement: { systemic, ejected: 0, known: 4, auditOk: false },
      blocks: [blockRow({ isOngoing: true })],
    });
    expect(alert).toMatch(
      /^systemic alarm for 12\.0 s: acme, globex fail together; nobody is moved for it the audit trail cannot be written: .* BLOCKED main/,
    );
  });

  test('a breaker that only counts is said to', () => {
    const snapshot = confinedSnapshot();
    const tenants = snapshot.tenants.map((row) =>
      row.breaker ? { ...row, breaker: { ...row.breaker, enforced: false } } : row,
    );
    expect(alertOf({ tenants })).toContain('breaker open: acme (counts only)');
  });
});

describe('tenantry snapshot', () => {
  const wide: Terminal = { columns: null, hasColour: false, hasUnicode: true };

  test('shows the same in its table, and how many are confined', () => {
    const lines = snapshotText(confinedSnapshot(), wide).split('\n');
    expect(lines).toContain('confined 2 of 4 tenants');
    expect(rowOf(lines, 'acme')).toMatch(
      /^│ acme │ process 42\.0 s │ 7\/20 │ open 12\.0 s │ 3\.2\/5 │ 4 │/,
    );
    expect(rowOf(lines, 'globex')).toContain('│ thread→coroutine 30.0 s │');
  });

  test('tells a systemic alarm and a trail that cannot be written', () => {
    const systemic = { tenants: ['acme'], sinceMs: 1_000 };
    const kept = { auditOk: false, auditRestarts: 2, keepingOk: false };
    const confinement = { systemic, ejected: 0, known: 4, ...kept };
    const text = snapshotText(confinedSnapshot({ confinement }), wide);
    expect(text).toContain('\nthe audit file was gone or damaged, and began anew 2 times\n');
    expect(text).toContain('\nthe disk refuses to keep what is decided of tenants: ');
    expect(text).toContain('\nsystemic alarm for 1.0 s: acme fail together');
    expect(text).toContain('\nthe audit trail cannot be written');
  });

  test.each([20, 80, 200])('no line is wider than %d columns', (columns) => {
    const systemic = { tenants: ['a'.repeat(128), 'b'], sinceMs: 1_000 };
    const confinement = { systemic, ejected: 1, known: 4, auditOk: false };
    for (const hasUnicode of [true, false]) {
      const terminal = { columns, hasColour: false, hasUnicode };
      const text = snapshotText(confinedSnapshot({ confinement }), terminal);
      for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(columns);
      if (!hasUnicode) expect(text).toMatch(/^[\n -~]*$/);
    }
  });
});

describe('at every size and screen', () => {
  const systemic = { tenants: ['acme', 'globex'], sinceMs: 12_000 };
  const confinement = { systemic, ejected: 2, known: 4, auditOk: false };
  const { snapshot } = hostileSnapshot(confinedSnapshot({ confinement }));
  /** Of the hostile strings: three characters take two columns, a combining one none. */
  const widthOf = (line: string): number =>
    Array.from(line).reduce(
      (sum, mark) => sum + (/[東京🎧]/u.test(mark) ? 2 : /\p{M}/u.test(mark) ? 0 : 1),
      0,
    );

  test.each([
    [20, 6],
    [80, 24],
    [200, 60],
  ])('%d x %d: no control gets through, no line is wider', (columns, rows) => {
    for (const keys of [['2'], ['2', 'enter'], [], ['?']]) {
      const state = press(sized(columns, rows, { snapshot }), ...keys);
      const lines = [...frameLines(state), ...onceLines(state, 10)];
      for (const line of lines) {
        expect(stripVTControlCharacters(line)).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
        expect(widthOf(line)).toBeLessThanOrEqual(columns);
      }
      expect(frameLines(state)).toHaveLength(rows);
    }
  });
});

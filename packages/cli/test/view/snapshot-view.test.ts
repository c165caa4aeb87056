import { describe, expect, test } from '@jest/globals';
import { NO_BLOCKS, type IsolateRow } from '@tenantry/core/snapshot';
import { snapshotText } from '../../src/view/snapshot-view.js';
import type { Terminal } from '../../src/view/terminal.js';
import {
  blockRow,
  isolateRow,
  sampleSnapshot,
  sessionRow,
  tenantRow,
} from '../fixtures/sample-snapshot.js';

const wide: Terminal = { columns: null, hasColour: false, hasUnicode: true };
const linesOf = (text: string): string[] => text.split('\n');
const lineWith = (text: string, part: string): string =>
  linesOf(text).find((line) => line.includes(part)) ?? '';

describe('snapshotText', () => {
  test('the header names the pool, its totals and its coverage', () => {
    expect(linesOf(snapshotText(sampleSnapshot(), wide)).slice(0, 3)).toEqual([
      'voice · running · pid 4123 on host-1 · node v20.20.2 · tenantry 0.1.0 · deployment - · up 4 m 05 s',
      'sessions 3/1,000 · started 1,234 · failed 1 · refused 3 · RSS 152 MiB · CPU 1.5 s',
      'reports 1 fresh · 0 stale · 0 lost · oldest 0 ms',
    ]);
  });

  test('the header tells of stray errors, ghosts and ended isolates where there are any', () => {
    const { totals, ...rest } = sampleSnapshot();
    const snapshot = {
      ...rest,
      totals: { ...totals, strayErrors: 2, ghosts: 1, isolatesEnded: 4 },
    };
    const text = snapshotText(snapshot, wide);
    expect(text).toContain('stray errors 2 · ghosts 1');
    expect(text).toContain('isolates ended 4');
  });

  test('a tenant shows its rung, its load, its refusals and its messages', () => {
    const tenants = [
      tenantRow({
        refusals: { 'tenant-cap': 3, draining: 1 },
        failures: 2,
        blocked: { ...NO_BLOCKS, count: 1, totalMs: 320, lastAgoMs: 900 },
      }),
      tenantRow({ tenant: 'globex', rung: 'quarantined', quarantinedForMs: 61_000, active: 0 }),
      tenantRow({ tenant: 'initech', maxSessions: null }),
    ];
    const text = snapshotText(sampleSnapshot({ tenants }), wide);
    expect(lineWith(text, '│ acme').replace(/ +/g, ' ')).toBe(
      '│ acme │ coroutine │ 3/20 │ 25 │ ≈60.0 MiB │ 320 ms │ 1,234 │ 2 │ tenant-cap 3, draining 1 │ 10 │ 12 │',
    );
    expect(lineWith(text, '│ globex')).toContain('quarantined, 1 m 01 s left');
    expect(lineWith(text, '│ initech')).toContain('3/-');
  });

  test('figures that are not of the present are marked, in the rows and in the total', () => {
    const snapshot = sampleSnapshot({
      coverage: { isolates: 2, fresh: 1, stale: 1, lost: 0, oldestReportAgeMs: 4_200 },
      isolates: [
        isolateRow(),
        isolateRow({ isolate: 'p-1', rung: 'process', freshness: 'stale', reportAgeMs: 4_200 }),
      ],
    });
    const text = snapshotText(snapshot, wide);
    expect(lineWith(text, '│ main')).not.toContain('~');
    expect(lineWith(text, '│ p-1')).toMatch(
      /stale 4\.2 s .*~64\.0 MiB.*~10\.0 MiB.*~30.*~2 ms.*~12 %.*~1\.5 s/,
    );
    expect(text).toContain('RSS ~152 MiB');
    expect(text).toContain('~ as last reported: the isolate is stale or lost');
  });

  test('what a place cannot measure is "-", and a thread shares the RSS of its process', () => {
    const isolates = [
      isolateRow({
        isolate: 't-1',
        rung: 'thread',
        tenant: 'acme',
        rssBytes: null,
        eluRatio: null,
      }),
      isolateRow({
        isolate: 'p-1',
        rung: 'process',
        pid: null,
        threadId: null,
        state: 'starting',
        freshness: 'lost',
        reportAgeMs: null,
        rssBytes: null,
        heapUsedBytes: null,
        externalBytes: null,
        eluRatio: null,
        cpuMs: null,
        cpu: null,
        loopLagMs: null,
      }),
    ];
    const text = snapshotText(sampleSnapshot({ isolates }), wide);
    expect(lineWith(text, '│ t-1')).toContain('shared');
    expect(lineWith(text, '│ p-1').replace(/ +/g, ' ')).toBe(
      '│ p-1 │ - │ process │ - │ - │ starting │ lost │ 3 │ - │ - │ - │ - │ - │ - │ - │ 0 │ - │',
    );
  });

  test('an isolate tells how it ended last, and by whom', () => {
    const lastEnd: IsolateRow['lastEnd'] = {
      reason: 'oom-heap',
      detail: 'limit 256 MB',
      offender: 'abcd',
      agoMs: 3_200,
    };
    const text = snapshotText(sampleSnapshot({ isolates: [isolateRow({ lastEnd })] }), wide);
    expect(text).toContain('oom-heap 3.2 s ago: limit 256 MB (session abcd)');
  });

  test('the latest ten blocks are told with their lines, and nothing where there are none', () => {
    expect(snapshotText(sampleSnapshot(), wide)).not.toContain('Blocks');
    const blocks = [
      blockRow({ isOngoing: true, durationMs: 312 }),
      blockRow({ cause: 'gc', session: null, tenant: null, agent: null, place: null }),
      ...Array.from({ length: 12 }, () => blockRow({ place: null })),
    ];
    const text = snapshotText(sampleSnapshot({ blocks }), wide);
    const lines = linesOf(text.slice(text.indexOf('Blocks (14)'))).map((line) =>
      line.replace(/ +/g, ' '),
    );
    expect(lines[4]).toBe(
      '│ now │ 312 ms │ main │ session │ acme │ 3f2a91c0 │ billing │ chargeCard (agents/billing.js:42) │',
    );
    expect(lines[5]).toBe('│ 2.0 s ago │ 320 ms │ main │ gc │ - │ - │ - │ - │');
    expect(lines[6]).toContain('│ unknown (native) │');
    expect(lines.slice(4).filter((line) => line.startsWith('│'))).toHaveLength(10);
    expect(lines).toContain('… and 4 more (--json has all)');
  });

  test('a section without rows is its heading alone', () => {
    const text = snapshotText(sampleSnapshot({ tenants: [], sessions: [] }), wide);
    expect(text).toContain('\nTenants (0)\n\nIsolates (1)\n');
    expect(text.endsWith('\nSessions (0)\n')).toBe(true);
  });

  test.each([80, 60, 40, 20])('no line is wider than %d columns', (columns) => {
    const snapshot = sampleSnapshot({
      tenants: [tenantRow({ tenant: 't'.repeat(128), refusals: { 'tenant-cap': 3, draining: 1 } })],
      isolates: [isolateRow({ isolate: 'p-1', tenant: 't'.repeat(128), freshness: 'stale' })],
      sessions: [sessionRow({ tenant: 't'.repeat(128), agent: 'a'.repeat(64) })],
    });
    for (const terminal of [
      { ...wide, columns },
      { ...wide, columns, hasUnicode: false },
    ]) {
      const text = snapshotText(snapshot, terminal, 'acme');
      const widest = Math.max(...linesOf(text).map((line) => line.length));
      expect(widest).toBeLessThanOrEqual(columns);
    }
  });

  test('80 columns show what an incident needs, and say what they do not show', () => {
    const text = snapshotText(sampleSnapshot(), { ...wide, columns: 80 });
    expect(lineWith(text, '│ isolate').replace(/ +/g, ' ')).toBe(
      '│ isolate │ tenant │ rung │ state │ report │ sessions │ RSS │',
    );
    expect(text).toContain('not shown at 80 columns: pid, thread, heap, external');
  });

  test('without colour there is no escape, and in ASCII nothing but ASCII', () => {
    expect(snapshotText(sampleSnapshot(), wide)).not.toContain('\u001b');
    const dumb = snapshotText(sampleSnapshot(), { ...wide, hasUnicode: false, columns: 80 });
    expect(dumb).toMatch(/^[\n\x20-\x7e]*$/);
  });

  test('what a tenant or a machine calls itself moves no cursor', () => {
    const evil = '\u001b[2J\u001b]0;owned\u0007\u009b1A\u202eevil\r\n';
    const evilPlace = { function: evil, file: evil, line: 1 };
    const base = sampleSnapshot();
    const snapshot = sampleSnapshot({
      runtime: { ...base.runtime, name: evil, host: evil, deploymentVersion: evil },
      tenants: [tenantRow({ tenant: evil, refusals: { [evil]: 1 } })],
      isolates: [
        isolateRow({
          isolate: evil,
          tenant: evil,
          lastEnd: { reason: 'exit', detail: evil, offender: evil, agoMs: 1 },
        }),
      ],
      sessions: [sessionRow({ session: evil, tenant: evil, agent: evil, isolate: evil })],
      blocks: [
        blockRow({
          isolate: evil,
          session: evil,
          tenant: evil,
          agent: evil,
          place: evilPlace,
        }),
      ],
    });
    for (const columns of [null, 80]) {
      const text = snapshotText(snapshot, { ...wide, columns });
      expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(text).toContain('evil');
    }
  });
});

import { describe, expect, test } from '@jest/globals';
import { pageLength } from '../../src/top/layout.js';
import { reduce } from '../../src/top/reducer.js';
import type { TopState } from '../../src/top/screen-state.js';
import { visibleNames } from '../../src/top/visible-rows.js';
import { isolateRow, sampleSnapshot, sessionRow, tenantRow } from '../fixtures/sample-snapshot.js';
import { press, topState } from '../fixtures/top-state.js';

/** Sessions s000, s001 …, each with less CPU than the one before it. */
const snapshotOf = (count: number, tenantOf = (_at: number): string => 'acme') =>
  sampleSnapshot({
    sessions: Array.from({ length: count }, (_, at) =>
      sessionRow({
        session: `s${String(at).padStart(3, '0')}`,
        tenant: tenantOf(at),
        cpu: { nowRatio: 1 - at / 1_000, minuteRatio: 0, totalMs: 0, method: 'turn-clock' },
      }),
    ),
    tenants: [tenantRow(), tenantRow({ tenant: 'globex' })],
    isolates: [
      isolateRow(),
      isolateRow({ isolate: 'process-1', tenant: 'globex', rung: 'process' }),
    ],
  });

const marked = (state: TopState): string | undefined =>
  visibleNames(state)[state.cursor.index]?.name;

describe('the cursor', () => {
  const state = topState({ snapshot: snapshotOf(40) });

  test('stays between the first and the last row', () => {
    expect(marked(press(state, 'up'))).toBe('s000');
    expect(marked(press(state, 'down', 'down', 'up'))).toBe('s001');
    expect(marked(press(state, 'G'))).toBe('s039');
    expect(marked(press(state, 'G', 'down'))).toBe('s039');
    expect(marked(press(state, 'G', 'g'))).toBe('s000');
  });

  test('goes by pages of what fits', () => {
    const length = pageLength(state);
    expect(press(state, 'n').cursor.index).toBe(length);
    expect(press(state, 'n', 'n', 'p').cursor.index).toBe(length);
    expect(press(state, 'p').cursor.index).toBe(0);
    expect(press(state, ...Array<string>(9).fill('n')).cursor.index).toBe(39);
  });

  test('follows the row it was moved to, but keeps its place after a page', () => {
    const turned = snapshotOf(40);
    const reversed = {
      ...turned,
      sessions: turned.sessions.map((row, at) => ({
        ...row,
        cpu: { ...row.cpu!, nowRatio: at / 100 },
      })),
    };
    const onRow = reduce(press(state, 'down'), { kind: 'snapshot', snapshot: reversed });
    expect([marked(onRow), onRow.cursor.index]).toEqual(['s001', 38]);
    const onPlace = reduce(press(state, 'n'), { kind: 'snapshot', snapshot: reversed });
    expect(onPlace.cursor.index).toBe(pageLength(state));
  });

  test('falls back to a row that is there when its own has gone', () => {
    const left = reduce(press(state, 'G', 'up'), { kind: 'snapshot', snapshot: snapshotOf(3) });
    expect(marked(left)).toBe('s002');
    const none = reduce(left, { kind: 'snapshot', snapshot: snapshotOf(0) });
    expect(none.cursor).toEqual({ index: 0, row: null });
    expect(press(none, 'enter').screen.mode).toBe('table');
  });
});

describe('sort, filters and search', () => {
  const state = topState({
    snapshot: snapshotOf(6, (at) => (at % 2 === 0 ? 'acme' : 'globex')),
  });

  test('s goes through all orders and comes round', () => {
    const keys = Array.from(
      { length: 7 },
      (_, at) => press(state, ...Array<string>(at).fill('s')).sort,
    );
    expect(keys).toEqual([
      'cpu_pct',
      'mem_mb',
      'blocked_ms',
      'duration_s',
      'agent',
      'session',
      'cpu_pct',
    ]);
  });

  test('f goes through every status, then all; asked elsewhere it shows the sessions', () => {
    const filters = Array.from(
      { length: 7 },
      (_, at) => press(state, ...Array<string>(at).fill('f')).filter.status,
    );
    expect(filters).toEqual([null, 'active', 'slow', 'draining', 'errored', 'idle', null]);
    expect(press(state, '2', 'f')).toMatchObject({ tab: 'sessions', filter: { status: 'active' } });
  });

  test('t keeps the tenant of the marked row, and gives all back', () => {
    const filtered = press(state, 'down', 't');
    expect(filtered.filter.tenant).toBe('globex');
    expect(visibleNames(filtered).map(({ name }) => name)).toEqual(['s001', 's003', 's005']);
    expect(press(filtered, 't').filter.tenant).toBeNull();
    // The shared loop is nobody's.
    expect(press(state, '3', 't').filter.tenant).toBeNull();
    expect(press(state, '3', 'down', 't').filter.tenant).toBe('globex');
  });

  test('a search narrows while it is typed; Enter keeps it, Esc takes it back', () => {
    const typed = press(state, '/', 'S', '0', '0', '4');
    expect(visibleNames(typed).map(({ name }) => name)).toEqual(['s004']);
    expect(press(typed, 'enter').filter.search).toBe('S004');
    expect(press(typed, 'escape').filter.search).toBe('');
    expect(press(typed, 'enter', '/', 'x', 'escape').filter.search).toBe('S004');
    expect(press(typed, 'backspace', 'backspace').filter.search).toBe('S0');
    expect(press(typed, 'ctrl-u').filter.search).toBe('');
  });

  test('it finds tenants and isolates by their names too', () => {
    const typed = (tab: string): string[] =>
      visibleNames(press(state, tab, '/', 'g', 'l', 'o', 'b')).map(({ name }) => name);
    expect(typed('1')).toEqual(['s001', 's003', 's005']);
    expect(typed('2')).toEqual(['globex']);
    expect(typed('3')).toEqual(['process-1']);
  });

  test('a search has an end', () => {
    expect(press(state, '/', ...Array<string>(200).fill('x')).filter.search).toHaveLength(128);
  });

  test('Esc shows all rows again', () => {
    const narrow = press(state, 'f', 'down', 't', '/', 'x', 'enter', 'escape');
    expect(narrow.filter).toEqual({ status: null, tenant: null, agent: null, search: '' });
  });
});

describe('tabs and details', () => {
  const state = topState({ snapshot: snapshotOf(3) });

  test('keys and Tab go from table to table', () => {
    expect(press(state, '2').tab).toBe('tenants');
    expect(press(state, 'tab', 'tab').tab).toBe('isolates');
    expect(press(state, 'tab', 'tab', 'tab').tab).toBe('sessions');
  });

  test('Enter opens the marked row, of whichever table', () => {
    const subject = (...names: string[]) => {
      const { screen } = press(state, ...names, 'enter');
      return screen.mode === 'detail' ? screen.subject : screen.mode;
    };
    expect(subject('down')).toEqual({ kind: 'session', name: 's001' });
    expect(subject('2')).toEqual({ kind: 'tenant', name: 'acme' });
    expect(subject('3', 'down')).toEqual({ kind: 'isolate', name: 'process-1' });
  });

  test('from a tenant Enter goes on to its sessions; a session has nothing below it', () => {
    const sessions = press(state, '2', 'enter', 'enter');
    expect(sessions).toMatchObject({
      tab: 'sessions',
      filter: { tenant: 'acme' },
      screen: { mode: 'table' },
    });
    const detail = press(state, 'enter');
    expect(press(detail, 'enter')).toEqual(detail);
  });

  test('a text scrolls no further than its end, also when the terminal grows', () => {
    const low = reduce(state, { kind: 'resized', size: { columns: 80, rows: 10 } });
    const end = press(low, '?', 'G');
    const scroll = end.screen.mode === 'help' ? end.screen.scroll : 0;
    expect(scroll).toBeGreaterThan(10);
    expect(press(end, 'down')).toEqual(end);
    const high = reduce(end, { kind: 'resized', size: { columns: 80, rows: 60 } });
    expect(high.screen).toMatchObject({ mode: 'help', scroll: 0 });
  });
});

describe('the pool', () => {
  test('is told to be gone until it answers again', () => {
    const gone = { state: 'gone', forMs: 3_000, why: 'no running pool' } as const;
    const without = reduce(topState(), { kind: 'link', link: gone });
    expect(without.link).toEqual(gone);
    expect(without.snapshot).toEqual(topState().snapshot);
    const again = reduce(without, { kind: 'snapshot', snapshot: snapshotOf(2) });
    expect(again.link).toEqual({ state: 'answering' });
    expect(visibleNames(again)).toHaveLength(2);
  });
});

/** The lines between header and table, and below the table: tabs, filters, page; keys and marks. */
import type { Cell } from '../view/column.js';
import { formatCount } from '../view/format.js';
import { fittingLine, lineOf } from '../view/line.js';
import { isShare, shareMark } from './figure-cells.js';
import { TABS, type TopState } from './screen-state.js';
import { topSessions } from './top-session.js';

/** From this height on the marks have a line of their own. */
const ROOMY_ROWS = 20;

export function tabLine(state: TopState, page: { at: number; of: number; rows: number }): string {
  const { snapshot, tab, sort, filter, terminal } = state;
  const counts = {
    sessions: topSessions(snapshot).length,
    tenants: snapshot.tenants.length,
    isolates: snapshot.isolates.length,
  };
  const tabs = TABS.map((name, at): Cell => {
    const count = name === tab && page.rows !== counts[name] ? `${page.rows}/` : '';
    const text = `${at + 1} ${name} ${count}${formatCount(counts[name])}`;
    return name === tab ? { text: `[${text}]`, tone: 'strong' } : { text, tone: 'plain' };
  });
  const filters: readonly (readonly [string, string | null])[] = [
    ['status', tab === 'sessions' ? filter.status : null],
    ['tenant', filter.tenant],
    ['agent', tab === 'sessions' ? filter.agent : null],
    ['search', filter.search === '' ? null : filter.search],
  ];
  return fittingLine(
    [
      ...tabs,
      ...filters.flatMap(([name, value]): Cell[] =>
        value === null ? [] : [{ text: `${name} ${value}`, tone: 'warn' }],
      ),
      { text: `sort ${sort}`, tone: 'plain' },
      { text: `page ${page.at}/${page.of}`, tone: 'plain' },
    ],
    '  ',
    terminal,
  );
}

export function footLines(state: TopState): string[] {
  const { screen, terminal, rows, filter } = state;
  const enter = terminal.hasUnicode ? 'Enter' : 'Enter';
  switch (screen.mode) {
    case 'search':
      return [
        lineOf(
          [
            { text: '/', tone: 'strong' },
            { text: filter.search, tone: 'plain' },
            { text: '_', tone: 'accent' },
            { text: '   Enter keeps, Esc cancels', tone: 'faint' },
          ],
          terminal,
        ),
      ];
    case 'help':
      return [
        keyLine(state, [
          ['Esc', 'back'],
          ['n/p', 'page'],
          ['q', 'quit'],
        ]),
      ];
    case 'detail': {
      const more = screen.subject.kind === 'tenant' ? [[enter, 'its sessions'] as const] : [];
      return [
        keyLine(state, [['Esc', 'back'], ...more, ['n/p', 'page'], ['?', 'help'], ['q', 'quit']]),
      ];
    }
    case 'table':
      return [
        ...(rows >= ROOMY_ROWS ? markLines(state) : []),
        keyLine(state, [
          ['q', 'quit'],
          ['?', 'help'],
          ['s', 'sort'],
          ['f', 'status'],
          ['t', 'tenant'],
          ['/', 'search'],
          ['n/p', 'page'],
          [enter, 'open'],
          ['1-3', 'tabs'],
          ['r', 'redraw'],
        ]),
      ];
  }
}

function keyLine({ terminal }: TopState, keys: readonly (readonly [string, string])[]): string {
  return fittingLine(
    keys.map(([key, does]): Cell => ({ text: `${key} ${does}`, tone: 'accent' })),
    '  ',
    terminal,
  );
}

/** Only where a mark is in sight of the table. */
export function markLines({ snapshot, terminal, tab }: TopState): string[] {
  if (tab === 'isolates') {
    if (snapshot.isolates.every(({ freshness }) => freshness === 'fresh')) return [];
    return [lineOf([{ text: '~ as last reported: stale or lost', tone: 'faint' }], terminal)];
  }
  if (!snapshot.sessions.some(({ memory }) => memory !== null && isShare(memory))) return [];
  const text = `${shareMark(terminal)} equal share of what was measured for several sessions`;
  return [lineOf([{ text, tone: 'faint' }], terminal)];
}

/** The lines between header and table, and below the table: tabs, filters, page; keys and marks. */
import { isShare, shareLegend } from '../view/cost-cells.js';
import type { Cell } from '../view/column.js';
import { formatCount } from '../view/format.js';
import { fittingLine, lineOf } from '../view/line.js';
import type { Terminal } from '../view/terminal.js';
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

type KeyHint = readonly [key: string, does: string];

const TABLE_KEYS: readonly KeyHint[] = [
  ['q', 'quit'],
  ['?', 'help'],
  ['s', 'sort'],
  ['f', 'status'],
  ['t', 'tenant'],
  ['/', 'search'],
  ['n/p', 'page'],
  ['Enter', 'open'],
  ['1-3', 'tabs'],
  ['r', 'redraw'],
];
const TEXT_KEYS: readonly KeyHint[] = [
  ['Esc', 'back'],
  ['n/p', 'page'],
  ['q', 'quit'],
];

/** The last lines of the screen. */
export function footLines(state: TopState): string[] {
  const { screen, terminal, rows, filter } = state;
  if (screen.mode === 'table') {
    return [...(rows >= ROOMY_ROWS ? markLines(state) : []), keyLine(TABLE_KEYS, terminal)];
  }
  if (screen.mode === 'search') {
    const pieces: readonly Cell[] = [
      { text: '/', tone: 'strong' },
      { text: filter.search, tone: 'plain' },
      { text: '_', tone: 'accent' },
      { text: '   Enter keeps, Esc cancels', tone: 'faint' },
    ];
    return [lineOf(pieces, terminal)];
  }
  const isTenant = screen.mode === 'detail' && screen.subject.kind === 'tenant';
  const keys = isTenant ? [...TEXT_KEYS, ['Enter', 'its sessions'] as const] : TEXT_KEYS;
  return [keyLine(keys, terminal)];
}

function keyLine(keys: readonly KeyHint[], terminal: Terminal): string {
  const pieces = keys.map(([key, does]): Cell => ({ text: `${key} ${does}`, tone: 'accent' }));
  return fittingLine(pieces, '  ', terminal);
}

/** Only where a mark is in sight of the table. */
export function markLines({ snapshot, terminal, tab }: TopState): string[] {
  if (tab === 'isolates') {
    if (snapshot.isolates.every(({ freshness }) => freshness === 'fresh')) return [];
    return [lineOf([{ text: '~ as last reported: stale or lost', tone: 'faint' }], terminal)];
  }
  if (!snapshot.sessions.some(({ memory }) => memory !== null && isShare(memory))) return [];
  return [lineOf([{ text: shareLegend(terminal), tone: 'faint' }], terminal)];
}

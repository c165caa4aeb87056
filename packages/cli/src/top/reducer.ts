/** What each event makes of the screen's state: keys, snapshots, the terminal's size, a pool that is gone. */
import type { Snapshot } from '@tenantry/core/snapshot';
import { cleanText } from '../view/clean-text.js';
import { nextStatus, type Filter } from './filter.js';
import { actionOf, type Action } from './keymap.js';
import { longestScroll, pageLength } from './layout.js';
import type { Key, Size } from './live-port.js';
import {
  FIRST_ROW,
  TABS,
  type Link,
  type Screen,
  type Tab,
  type TopState,
} from './screen-state.js';
import { nextSortKey } from './sort.js';
import { visibleNames } from './visible-rows.js';

export type TopEvent =
  | { readonly kind: 'key'; readonly key: Key }
  | { readonly kind: 'snapshot'; readonly snapshot: Snapshot }
  | { readonly kind: 'link'; readonly link: Link }
  | { readonly kind: 'resized'; readonly size: Size };

const LONGEST_SEARCH = 128;
const SUBJECT_OF = { sessions: 'session', tenants: 'tenant', isolates: 'isolate' } as const;

export function reduce(state: TopState, event: TopEvent): TopState {
  if (event.kind === 'key') {
    const action = actionOf(state.screen.mode, event.key);
    return action === undefined ? state : settled(ACTS[action](state, event.key));
  }
  if (event.kind === 'snapshot') {
    return settled({ ...state, snapshot: event.snapshot, link: { state: 'answering' } });
  }
  if (event.kind === 'link') return settled({ ...state, link: event.link });
  const { columns, rows } = event.size;
  return settled({ ...state, terminal: { ...state.terminal, columns }, rows });
}

const unchanged = (state: TopState): TopState => state;

const ACTS: Readonly<Record<Action, (state: TopState, key: Key) => TopState>> = {
  quit: unchanged,
  redraw: unchanged,
  suspend: unchanged,
  up: (state) => moved(state, -1, 'row'),
  down: (state) => moved(state, 1, 'row'),
  'page-up': (state) => moved(state, -pageLength(state), 'page'),
  'page-down': (state) => moved(state, pageLength(state), 'page'),
  first: (state) => moved(state, Number.NEGATIVE_INFINITY, 'page'),
  last: (state) => moved(state, Number.POSITIVE_INFINITY, 'page'),
  open: opened,
  back: (state) => ({ ...state, screen: behind(state.screen) }),
  help: (state) => ({
    ...state,
    screen: { mode: 'help', over: behindHelp(state.screen), scroll: 0 },
  }),
  sort: (state) => fromTop({ ...state, sort: nextSortKey(state.sort) }),
  // Only sessions have a status, so that asking for one shows them.
  status: (state) =>
    filtered({ ...state, tab: 'sessions' }, { status: nextStatus(state.filter.status) }),
  tenant: (state) => {
    const marked = visibleNames(state)[state.cursor.index]?.tenant ?? null;
    return filtered(state, { tenant: state.filter.tenant === null ? marked : null });
  },
  'show-all': (state) => filtered(state, { status: null, tenant: null, agent: null, search: '' }),
  search: (state) => ({ ...state, screen: { mode: 'search', kept: state.filter.search } }),
  type: (state, { text }) =>
    filtered(state, { search: (state.filter.search + cleanText(text)).slice(0, LONGEST_SEARCH) }),
  erase: (state) =>
    filtered(state, { search: Array.from(state.filter.search).slice(0, -1).join('') }),
  'erase-all': (state) => filtered(state, { search: '' }),
  accept: (state) => ({ ...state, screen: { mode: 'table' } }),
  cancel: (state) => {
    const search = state.screen.mode === 'search' ? state.screen.kept : '';
    return { ...filtered(state, { search }), screen: { mode: 'table' } };
  },
  'next-tab': (state) => shown(state, TABS[(TABS.indexOf(state.tab) + 1) % TABS.length]!),
  sessions: (state) => shown(state, 'sessions'),
  tenants: (state) => shown(state, 'tenants'),
  isolates: (state) => shown(state, 'isolates'),
};

const fromTop = (state: TopState): TopState => ({ ...state, cursor: FIRST_ROW });
const shown = (state: TopState, tab: Tab): TopState => fromTop({ ...state, tab });
const filtered = (state: TopState, part: Partial<Filter>): TopState =>
  fromTop({ ...state, filter: { ...state.filter, ...part } });

/** A step of one row binds the cursor to the row, a page or an end to the position. */
function moved(state: TopState, by: number, unit: 'row' | 'page'): TopState {
  const { screen, cursor } = state;
  if (screen.mode === 'detail' || screen.mode === 'help') {
    return { ...state, screen: { ...screen, scroll: screen.scroll + by } };
  }
  const names = visibleNames(state);
  const index = within(cursor.index + by, names.length - 1);
  return { ...state, cursor: { index, row: unit === 'row' ? (names[index]?.name ?? null) : null } };
}

function opened(state: TopState): TopState {
  const { screen, filter, tab } = state;
  if (screen.mode === 'detail') {
    // From a tenant one goes on to its sessions; the others have nothing below them.
    if (screen.subject.kind !== 'tenant') return state;
    return fromTop({
      ...state,
      screen: { mode: 'table' },
      tab: 'sessions',
      filter: { ...filter, tenant: screen.subject.name, search: '' },
    });
  }
  const row = visibleNames(state)[state.cursor.index];
  if (row === undefined) return state;
  const kind = SUBJECT_OF[tab];
  // Bound to the row, so that one comes back to it wherever it has moved to.
  return {
    ...state,
    cursor: { ...state.cursor, row: row.name },
    screen: { mode: 'detail', subject: { kind, name: row.name }, scroll: 0 },
  };
}

function behind(screen: Screen): Screen {
  return screen.mode === 'help' ? screen.over : { mode: 'table' };
}

function behindHelp(screen: Screen): Extract<Screen, { mode: 'table' | 'detail' }> {
  return screen.mode === 'detail' ? screen : { mode: 'table' };
}

/** After whatever happened: the cursor on its row or at least on a row, the scroll within the text. */
function settled(state: TopState): TopState {
  const { screen, cursor } = state;
  if (screen.mode === 'detail' || screen.mode === 'help') {
    const scroll = within(screen.scroll, longestScroll(state));
    if (scroll !== screen.scroll) return { ...state, screen: { ...screen, scroll } };
    return state;
  }
  const names = visibleNames(state);
  const at = cursor.row === null ? -1 : names.findIndex(({ name }) => name === cursor.row);
  const index = at === -1 ? within(cursor.index, names.length - 1) : at;
  const row = at === -1 ? null : cursor.row;
  return { ...state, cursor: { index, row } };
}

const within = (at: number, last: number): number => Math.max(0, Math.min(at, last));

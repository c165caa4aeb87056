/** What each event makes of the screen's state: keys, snapshots, the terminal's size, a pool that is gone. */
import type { Snapshot } from '@tenantry/core/snapshot';
import { cleanText } from '../view/clean-text.js';
import { nextStatus } from './filter.js';
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

export function reduce(state: TopState, event: TopEvent): TopState {
  switch (event.kind) {
    case 'key': {
      const action = actionOf(state.screen.mode, event.key);
      return action === undefined ? state : settled(acted(state, action, event.key));
    }
    case 'snapshot':
      return settled({ ...state, snapshot: event.snapshot, link: { state: 'answering' } });
    case 'link':
      return settled({ ...state, link: event.link });
    case 'resized': {
      const { columns, rows } = event.size;
      return settled({ ...state, terminal: { ...state.terminal, columns }, rows });
    }
  }
}

function acted(state: TopState, action: Action, { text }: Key): TopState {
  const { filter } = state;
  switch (action) {
    case 'quit':
    case 'redraw':
    case 'suspend':
      return state;
    case 'up':
      return moved(state, -1, 'row');
    case 'down':
      return moved(state, 1, 'row');
    case 'page-up':
      return moved(state, -pageLength(state), 'page');
    case 'page-down':
      return moved(state, pageLength(state), 'page');
    case 'first':
      return moved(state, Number.NEGATIVE_INFINITY, 'page');
    case 'last':
      return moved(state, Number.POSITIVE_INFINITY, 'page');
    case 'open':
      return opened(state);
    case 'back':
      return { ...state, screen: behind(state.screen) };
    case 'help':
      return { ...state, screen: { mode: 'help', over: behindHelp(state.screen), scroll: 0 } };
    case 'sort':
      return fromTop({ ...state, sort: nextSortKey(state.sort) });
    case 'status':
      // Only sessions have a status, so that asking for one shows them.
      return fromTop({
        ...state,
        tab: 'sessions',
        filter: { ...filter, status: nextStatus(filter.status) },
      });
    case 'tenant':
      return tenantToggled(state);
    case 'show-all':
      return fromTop({
        ...state,
        filter: { status: null, tenant: null, agent: null, search: '' },
      });
    case 'search':
      return { ...state, screen: { mode: 'search', kept: filter.search } };
    case 'type':
      return searched(state, (filter.search + cleanText(text)).slice(0, LONGEST_SEARCH));
    case 'erase':
      return searched(state, Array.from(filter.search).slice(0, -1).join(''));
    case 'erase-all':
      return searched(state, '');
    case 'accept':
      return { ...state, screen: { mode: 'table' } };
    case 'cancel': {
      const kept = state.screen.mode === 'search' ? state.screen.kept : '';
      return { ...searched(state, kept), screen: { mode: 'table' } };
    }
    case 'next-tab':
      return shown(state, TABS[(TABS.indexOf(state.tab) + 1) % TABS.length]!);
    case 'sessions':
    case 'tenants':
    case 'isolates':
      return shown(state, action);
  }
}

const fromTop = (state: TopState): TopState => ({ ...state, cursor: FIRST_ROW });
const shown = (state: TopState, tab: Tab): TopState => fromTop({ ...state, tab });
const searched = (state: TopState, search: string): TopState =>
  fromTop({ ...state, filter: { ...state.filter, search } });

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
  const kind = ({ sessions: 'session', tenants: 'tenant', isolates: 'isolate' } as const)[tab];
  // Bound to the row, so that one comes back to it wherever it has moved to.
  return {
    ...state,
    cursor: { ...state.cursor, row: row.name },
    screen: { mode: 'detail', subject: { kind, name: row.name }, scroll: 0 },
  };
}

function tenantToggled(state: TopState): TopState {
  const { filter, cursor } = state;
  const tenant =
    filter.tenant === null ? (visibleNames(state)[cursor.index]?.tenant ?? null) : null;
  return fromTop({ ...state, filter: { ...filter, tenant } });
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

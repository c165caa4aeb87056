/**
 * Which key does what in which mode. What an action does to the state is left to `reducer.ts`; `quit`,
 * `redraw` and `suspend` are about the terminal and are done by the live loop.
 *
 *            / ┌────────┐ Enter, Esc
 *   table ────►│ search │────► table
 *     │ ▲      └────────┘
 *     │ └──────────────┐ Esc
 *     │ Enter ┌────────┴┐     ?      ┌──────┐
 *     └──────►│ detail  │◄──────────►│ help │◄────► table
 *             └─────────┘   Esc, ?   └──────┘
 */
import type { Key } from './live-port.js';
import type { Mode } from './screen-state.js';

export type Action =
  | 'quit'
  | 'redraw'
  | 'suspend'
  | 'up'
  | 'down'
  | 'page-up'
  | 'page-down'
  | 'first'
  | 'last'
  | 'open'
  | 'back'
  | 'help'
  | 'sort'
  | 'status'
  | 'tenant'
  | 'show-all'
  | 'search'
  | 'type'
  | 'erase'
  | 'erase-all'
  | 'accept'
  | 'cancel'
  | 'next-tab'
  | 'sessions'
  | 'tenants'
  | 'isolates';

type Keys = Readonly<Record<string, Action>>;

const ALWAYS: Keys = { 'ctrl-c': 'quit', 'ctrl-z': 'suspend', 'ctrl-l': 'redraw' };

const MOVES: Keys = {
  q: 'quit',
  r: 'redraw',
  up: 'up',
  k: 'up',
  down: 'down',
  j: 'down',
  n: 'page-down',
  pagedown: 'page-down',
  ' ': 'page-down',
  p: 'page-up',
  pageup: 'page-up',
  home: 'first',
  g: 'first',
  end: 'last',
  G: 'last',
};

const KEYMAP: Readonly<Record<Mode, Keys>> = {
  table: {
    ...ALWAYS,
    ...MOVES,
    s: 'sort',
    f: 'status',
    t: 'tenant',
    '/': 'search',
    escape: 'show-all',
    enter: 'open',
    '?': 'help',
    h: 'help',
    tab: 'next-tab',
    '1': 'sessions',
    '2': 'tenants',
    '3': 'isolates',
  },
  detail: {
    ...ALWAYS,
    ...MOVES,
    enter: 'open',
    escape: 'back',
    backspace: 'back',
    left: 'back',
    '?': 'help',
    h: 'help',
  },
  search: {
    ...ALWAYS,
    enter: 'accept',
    escape: 'cancel',
    backspace: 'erase',
    'ctrl-u': 'erase-all',
  },
  help: { ...ALWAYS, ...MOVES, escape: 'back', enter: 'back', '?': 'back', h: 'back' },
};

/** Undefined where the key does nothing. */
export function actionOf(mode: Mode, { name, text }: Key): Action | undefined {
  const keys = KEYMAP[mode];
  if (Object.hasOwn(keys, name)) return keys[name];
  return mode === 'search' && text !== '' ? 'type' : undefined;
}

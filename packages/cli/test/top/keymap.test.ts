import { describe, expect, test } from '@jest/globals';
import { actionOf } from '../../src/top/keymap.js';
import type { Mode } from '../../src/top/screen-state.js';
import { key, press, topState } from '../fixtures/top-state.js';

const MODES: readonly Mode[] = ['table', 'detail', 'search', 'help'];

/** Each key with what it does in each mode; `-` is nothing, `type` writes into the search. */
const TABLE: readonly (readonly [string, string, string, string, string])[] = [
  // key          table        detail       search       help
  ['q', 'quit', 'quit', 'type', 'quit'],
  ['ctrl-c', 'quit', 'quit', 'quit', 'quit'],
  ['ctrl-z', 'suspend', 'suspend', 'suspend', 'suspend'],
  ['ctrl-l', 'redraw', 'redraw', 'redraw', 'redraw'],
  ['r', 'redraw', 'redraw', 'type', 'redraw'],
  ['s', 'sort', '-', 'type', '-'],
  ['f', 'status', '-', 'type', '-'],
  ['t', 'tenant', '-', 'type', '-'],
  ['/', 'search', '-', 'type', '-'],
  ['n', 'page-down', 'page-down', 'type', 'page-down'],
  ['pagedown', 'page-down', 'page-down', '-', 'page-down'],
  [' ', 'page-down', 'page-down', 'type', 'page-down'],
  ['p', 'page-up', 'page-up', 'type', 'page-up'],
  ['pageup', 'page-up', 'page-up', '-', 'page-up'],
  ['up', 'up', 'up', '-', 'up'],
  ['k', 'up', 'up', 'type', 'up'],
  ['down', 'down', 'down', '-', 'down'],
  ['j', 'down', 'down', 'type', 'down'],
  ['home', 'first', 'first', '-', 'first'],
  ['g', 'first', 'first', 'type', 'first'],
  ['end', 'last', 'last', '-', 'last'],
  ['G', 'last', 'last', 'type', 'last'],
  ['enter', 'open', 'open', 'accept', 'back'],
  ['escape', 'show-all', 'back', 'cancel', 'back'],
  ['backspace', '-', 'back', 'erase', '-'],
  ['left', '-', 'back', '-', '-'],
  ['ctrl-u', '-', '-', 'erase-all', '-'],
  ['?', 'help', 'help', 'type', 'back'],
  ['h', 'help', 'help', 'type', 'back'],
  ['tab', 'next-tab', '-', '-', '-'],
  ['1', 'sessions', '-', 'type', '-'],
  ['2', 'tenants', '-', 'type', '-'],
  ['3', 'isolates', '-', 'type', '-'],
  ['x', '-', '-', 'type', '-'],
  ['f5', '-', '-', '-', '-'],
  ['constructor', '-', '-', '-', '-'],
];

describe('actionOf', () => {
  test.each(TABLE)('%s', (name, ...actions) => {
    expect(MODES.map((mode) => actionOf(mode, key(name)) ?? '-')).toEqual(actions);
  });
});

/** The mode that each key leads to from each mode; left out where it stays. */
const LEADS: readonly (readonly [Mode, string, Mode])[] = [
  ['table', '/', 'search'],
  ['table', 'enter', 'detail'],
  ['table', '?', 'help'],
  ['table', 'h', 'help'],
  ['detail', 'escape', 'table'],
  ['detail', 'backspace', 'table'],
  ['detail', 'left', 'table'],
  ['detail', '?', 'help'],
  ['detail', 'h', 'help'],
  ['search', 'enter', 'table'],
  ['search', 'escape', 'table'],
  ['help', 'escape', 'table'],
  ['help', 'enter', 'table'],
  ['help', '?', 'table'],
  ['help', 'h', 'table'],
];

describe('modes', () => {
  const begin = {
    table: topState(),
    detail: press(topState(), 'enter'),
    search: press(topState(), '/'),
    help: press(topState(), '?'),
  };

  test.each(MODES)('every key leads from %s where the table says', (mode) => {
    expect(begin[mode].screen.mode).toBe(mode);
    for (const [name] of TABLE) {
      const leads = LEADS.find(([from, by]) => from === mode && by === name)?.[2] ?? mode;
      expect([name, press(begin[mode], name).screen.mode]).toEqual([name, leads]);
    }
  });

  test('help leads back to the detail that it was called from', () => {
    expect(press(begin.detail, '?', 'escape').screen).toEqual(begin.detail.screen);
  });

  test('a key without an action changes nothing', () => {
    expect(press(begin.table, 'x')).toBe(begin.table);
  });
});

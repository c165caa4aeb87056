/**
 * The whole screen as lines: never more than the terminal has, none wider. `screen/` shows them; what
 * stands in them is left to the files of each part.
 */
import { wrapped } from '../view/wrapped.js';
import { tabLine, footLines, markLines } from './foot-lines.js';
import { alertLines } from './alert-lines.js';
import { headerLines } from './header-lines.js';
import { bodyText, pageLength, topLines } from './layout.js';
import type { TopState } from './screen-state.js';
import { tableLines } from './table-lines.js';
import { visibleNames } from './visible-rows.js';

/** Exactly as many lines as the terminal has. */
export function frameLines(state: TopState): string[] {
  const { rows, screen } = state;
  const foot = footLines(state);
  const isText = screen.mode === 'detail' || screen.mode === 'help';
  const body = isText
    ? bodyText(state).slice(screen.scroll, screen.scroll + pageLength(state))
    : tableBody(state);
  const above = [...topLines(state), ...body].slice(0, Math.max(0, rows - foot.length));
  const blank = Array<string>(Math.max(0, rows - foot.length - above.length)).fill('');
  return [...above, ...blank, ...foot];
}

function tableBody(state: TopState): string[] {
  const length = pageLength(state);
  const rows = visibleNames(state).length;
  const at = Math.floor(state.cursor.index / length);
  const of = Math.max(1, Math.ceil(rows / length));
  return [
    tabLine(state, { at: at + 1, of, rows }),
    ...tableLines(state, { from: at * length, count: length, hasCursor: true }),
  ];
}

/** The screen once, for where nobody presses keys: all rows, at most `mostRows`. */
export function onceLines(state: TopState, mostRows: number): string[] {
  const rows = visibleNames(state).length;
  const lines = [
    ...headerLines(state),
    ...alertLines(state),
    '',
    tabLine(state, { at: 1, of: 1, rows }),
    ...tableLines(state, { from: 0, count: mostRows, hasCursor: false }),
  ];
  if (rows > mostRows) {
    lines.push(...wrapped(`and ${rows - mostRows} more (--json has all)`, state.terminal));
  }
  return [...lines, ...markLines(state)];
}

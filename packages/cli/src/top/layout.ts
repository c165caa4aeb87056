/** How the lines of the terminal are divided: header, body, foot; and what that leaves for a page. */
import { alertLines } from './alert-lines.js';
import { detailLines } from './detail-lines.js';
import { footLines } from './foot-lines.js';
import { headerLines, titleLine } from './header-lines.js';
import { helpLines } from './help-lines.js';
import type { TopState } from './screen-state.js';
import { hasUnattributed } from './table-lines.js';

const TAB_LINES = 1;
const TITLE_LINES = 1;

/** The lines above: details and help keep the title and what must not be missed. */
export function topLines(state: TopState): string[] {
  const { screen, snapshot, terminal } = state;
  const isTable = screen.mode === 'table' || screen.mode === 'search';
  const head = isTable ? headerLines(state) : [titleLine(snapshot, terminal)];
  return [...head.slice(0, 1), ...alertLines(state), ...head.slice(1)];
}

/** Lines between those above and the foot. */
function bodyHeight(state: TopState): number {
  return Math.max(0, state.rows - topLines(state).length - footLines(state).length);
}

/** Rows of a page, or lines by which a text is scrolled. */
export function pageLength(state: TopState): number {
  const body = bodyHeight(state);
  const { mode } = state.screen;
  if (mode === 'detail' || mode === 'help') return Math.max(1, body);
  return Math.max(1, body - TAB_LINES - TITLE_LINES - (hasUnattributed(state) ? 1 : 0));
}

/** The text of a detail or help screen; empty for a table. */
export function bodyText({ screen, snapshot, terminal }: TopState): string[] {
  if (screen.mode === 'detail') return detailLines(snapshot, screen.subject, terminal);
  return screen.mode === 'help' ? helpLines(terminal) : [];
}

/** How far a text can be scrolled until its last line is the lowest one. */
export const longestScroll = (state: TopState): number =>
  Math.max(0, bodyText(state).length - pageLength(state));

/** Pieces of text to one line that fits: cleaned, cut by columns, painted. Which pieces, others decide. */
import { cleanText } from './clean-text.js';
import type { Cell } from './column.js';
import { paint } from './paint.js';
import { dotsOf, type Terminal } from './terminal.js';
import { clipped, textWidth } from './text-width.js';

/** All pieces, one after the other, cut where the line ends. */
export function lineOf(pieces: readonly Cell[], terminal: Terminal): string {
  let room = terminal.columns ?? Number.POSITIVE_INFINITY;
  let line = '';
  for (const { text, tone } of pieces) {
    const cut = clipped(cleanText(text), room, dotsOf(terminal));
    line += paint(cut, tone, terminal);
    room -= textWidth(cut);
  }
  return line;
}

/** The pieces that fit as a whole, the first ones first; only the very first is ever cut. */
export function fittingLine(pieces: readonly Cell[], between: string, terminal: Terminal): string {
  const limit = terminal.columns ?? Number.POSITIVE_INFINITY;
  const kept: Cell[] = [];
  let width = 0;
  for (const piece of pieces) {
    const wanted = textWidth(cleanText(piece.text)) + (kept.length > 0 ? between.length : 0);
    if (kept.length > 0 && width + wanted > limit) continue;
    if (kept.length > 0) kept.push({ text: between, tone: 'faint' });
    kept.push(piece);
    width += wanted;
  }
  return lineOf(kept, terminal);
}

/** Text to lines that fit the terminal: whole pieces as long as they fit, cut where one alone is too long. */
import { cleanText } from './clean-text.js';
import type { Cell } from './column.js';
import { paint, type Tone } from './paint.js';
import type { Terminal } from './terminal.js';
import { clipped, textWidth } from './text-width.js';

/** Pieces with `between` between those that share a line. */
export function packed(pieces: readonly Cell[], between: string, terminal: Terminal): string[] {
  const limit = terminal.columns ?? Number.POSITIVE_INFINITY;
  const lines: string[] = [];
  let line = '';
  let width = 0;
  for (const { text, tone } of pieces) {
    const cut = clipped(cleanText(text), limit, '');
    const cutWidth = textWidth(cut);
    const fits = width > 0 && width + between.length + cutWidth <= limit;
    if (width > 0 && !fits) lines.push(line);
    line = (fits ? line + between : '') + paint(cut, tone, terminal);
    width = (fits ? width + between.length : 0) + cutWidth;
  }
  return [...lines, line];
}

/** A sentence, broken between words. */
export function wrapped(sentence: string, terminal: Terminal, tone: Tone = 'plain'): string[] {
  const words = sentence.split(' ').map((text): Cell => ({ text, tone }));
  return packed(words, ' ', terminal);
}

/** The same, each line behind a margin. */
export function indented(sentence: string, margin: string, terminal: Terminal): string[] {
  const { columns } = terminal;
  const room = columns === null ? null : Math.max(1, columns - margin.length);
  return wrapped(sentence, { ...terminal, columns: room }).map((line) => margin + line);
}

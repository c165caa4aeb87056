/** Figures as pictures in text: a bar of one share, a graph of many. What they measure is left to others. */
import type { Cell } from './column.js';
import type { Tone } from './paint.js';
import type { Terminal } from './terminal.js';

/** A cell filled from the left, by eighths. */
const LEFT_EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'] as const;
/** A cell filled from below, by eighths. */
const LOW_EIGHTHS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;
const ASCII_LEVELS = [' ', '.', ':', '|'] as const;

/** A share above 1 fills the bar. Anything above nothing shows. */
export function bar(ratio: number, width: number, { hasUnicode }: Terminal): string {
  const share = Math.max(0, Math.min(1, ratio));
  if (!hasUnicode) {
    const full = share === 0 ? 0 : Math.max(1, Math.round(share * width));
    return '#'.repeat(full).padEnd(width);
  }
  const eighths = share === 0 ? 0 : Math.max(1, Math.round(share * width * 8));
  const full = Math.floor(eighths / 8);
  return `${'█'.repeat(full)}${LEFT_EIGHTHS[eighths % 8]}`.padEnd(width);
}

export interface GraphScale {
  /** The value that fills the graph's height; a larger one raises the scale. */
  readonly full: number;
  readonly height: number;
  readonly width: number;
  readonly toneOf: (value: number) => Tone;
}

/**
 * The latest values, the newest to the right, as lines from the top down; each line comes in pieces of
 * one tone.
 */
export function graph(
  values: readonly number[],
  { full, height, width, toneOf }: GraphScale,
  { hasUnicode }: Terminal,
): Cell[][] {
  const marks = hasUnicode ? LOW_EIGHTHS : ASCII_LEVELS;
  const steps = marks.length - 1;
  const shown = values.slice(-width);
  const top = Math.max(full, ...shown);
  return Array.from({ length: height }, (_, line) => {
    const below = height - 1 - line;
    const pieces: Cell[] = [{ text: ' '.repeat(width - shown.length), tone: 'plain' }];
    for (const value of shown) {
      const level = Math.ceil((value / top) * height * steps) - below * steps;
      const mark = marks[Math.max(0, Math.min(steps, level))]!;
      const tone = toneOf(value);
      const last = pieces.at(-1)!;
      if (last.tone === tone) pieces[pieces.length - 1] = { text: last.text + mark, tone };
      else pieces.push({ text: mark, tone });
    }
    return pieces;
  });
}

/** The cell of a share of CPU: a bar and the percentage. Other figures are left to `view/cost-cells.ts`. */
import type { Cell } from '../view/column.js';
import { NOTHING, shortPercent } from '../view/format.js';
import { bar } from '../view/meter.js';
import type { Tone } from '../view/paint.js';
import type { Terminal } from '../view/terminal.js';

/** From this width on there is room for longer bars. */
const WIDE_COLUMNS = 110;
const WIDE_BAR = 10;
const NARROW_BAR = 3;
const PERCENT_WIDTH = 3;

/** A full bar is a whole core. */
export function cpuCell(ratio: number | null, terminal: Terminal): Cell {
  if (ratio === null) return { text: NOTHING, tone: 'plain' };
  const width = (terminal.columns ?? WIDE_COLUMNS) >= WIDE_COLUMNS ? WIDE_BAR : NARROW_BAR;
  const text = shortPercent(ratio).padStart(PERCENT_WIDTH);
  return { text: `${bar(ratio, width, terminal)} ${text}`, tone: toneOf(ratio) };
}

function toneOf(ratio: number): Tone {
  if (ratio >= 0.8) return 'bad';
  if (ratio >= 0.4) return 'warn';
  return ratio > 0 ? 'good' : 'plain';
}

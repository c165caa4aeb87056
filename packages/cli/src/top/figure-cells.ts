/** Cells that several tables of the screen have: a share of CPU with its bar, memory with its mark. */
import type { Cell } from '../view/column.js';
import { NOTHING, shortBytes, shortMs, shortPercent } from '../view/format.js';
import { bar } from '../view/meter.js';
import type { Tone } from '../view/paint.js';
import type { Terminal } from '../view/terminal.js';
import type { MemoryFigure } from '@tenantry/core/snapshot';

/** From this width on there is room for longer bars. */
const WIDE_COLUMNS = 110;
/** A row is red for this long after it has held a loop. */
const JUST_BLOCKED_MS = 5_000;
const PERCENT_WIDTH = 3;

/** Stands before a figure that is a share of a measured whole. */
export const shareMark = ({ hasUnicode }: Terminal): string => (hasUnicode ? '≈' : '~');

/** A full bar is a whole core. */
export function cpuCell(ratio: number | null, terminal: Terminal): Cell {
  if (ratio === null) return { text: NOTHING, tone: 'plain' };
  const width = (terminal.columns ?? WIDE_COLUMNS) >= WIDE_COLUMNS ? 10 : 3;
  const text = shortPercent(ratio).padStart(PERCENT_WIDTH);
  return { text: `${bar(ratio, width, terminal)} ${text}`, tone: cpuTone(ratio) };
}

function cpuTone(ratio: number): Tone {
  if (ratio >= 0.8) return 'bad';
  if (ratio >= 0.4) return 'warn';
  return ratio > 0 ? 'good' : 'plain';
}

/** Whether the figure is a part of what was measured, and no measurement of its own. */
export const isShare = ({ method, sharedBy }: MemoryFigure): boolean =>
  method === 'equal-share' || sharedBy > 1;

export function memoryText(memory: MemoryFigure | null, terminal: Terminal): string {
  if (memory === null) return NOTHING;
  return `${isShare(memory) ? shareMark(terminal) : ''}${shortBytes(memory.bytes)}`;
}

export function blockedCell(totalMs: number | null, agoMs: number | null): Cell {
  if (totalMs === null || totalMs === 0) return { text: NOTHING, tone: 'plain' };
  const just = agoMs !== null && agoMs <= JUST_BLOCKED_MS;
  return { text: shortMs(totalMs), tone: just ? 'bad' : 'warn' };
}

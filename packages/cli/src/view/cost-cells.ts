/** What something costs, as cells say it: memory with the mark of its method, time for which a loop was held. */
import type { MemoryFigure, Snapshot } from '@tenantry/core/snapshot';
import type { Cell } from './column.js';
import { NOTHING } from './format.js';
import type { Terminal } from './terminal.js';

/** A row is red for this long after it has held a loop. */
const JUST_BLOCKED_MS = 5_000;

/** Stands before a figure that is a share of a measured whole. */
export const shareMark = ({ hasUnicode }: Terminal): string => (hasUnicode ? '≈' : '~');

export const shareLegend = (terminal: Terminal): string =>
  `${shareMark(terminal)} equal share of what was measured for several sessions`;

/** Whether the figure is a part of what was measured, and no measurement of its own. */
export const isShare = ({ method, sharedBy }: MemoryFigure): boolean =>
  method === 'equal-share' || sharedBy > 1;

export function memoryText(
  memory: MemoryFigure | null,
  bytesText: (bytes: number) => string,
  terminal: Terminal,
): string {
  if (memory === null) return NOTHING;
  return `${isShare(memory) ? shareMark(terminal) : ''}${bytesText(memory.bytes)}`;
}

/** Tenants whose memory is a share: an isolate's is the tenant's own, of the shared loop it has a share. */
export function sharingTenants({ sessions }: Pick<Snapshot, 'sessions'>): Set<string> {
  const sharing = sessions.filter(({ memory }) => memory?.method === 'equal-share');
  return new Set(sharing.map(({ tenant }) => tenant));
}

export function blockedCell(
  totalMs: number | null,
  lastAgoMs: number | null,
  msText: (ms: number) => string,
): Cell {
  if (totalMs === null || totalMs === 0) return { text: NOTHING, tone: 'plain' };
  const isJust = lastAgoMs !== null && lastAgoMs <= JUST_BLOCKED_MS;
  return { text: msText(totalMs), tone: isJust ? 'bad' : 'warn' };
}

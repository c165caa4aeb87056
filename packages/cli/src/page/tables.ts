/** The columns of the page's tables: pure, out of a snapshot's rows. Cells are those of the command's tables. */
import type { IsolateRow, SessionRow, TenantRow } from '@tenantry/core/snapshot';
import type { Cell } from '../view/column.js';
import { breakerCell, rungCell, scoreCell, waitingCell } from '../view/confinement-cells.js';
import { blockedCell, memoryText } from '../view/cost-cells.js';
import {
  NOTHING,
  formatBytes,
  formatCount,
  formatMs,
  formatReasons,
  shortPercent,
} from '../view/format.js';
import { SCREEN } from './screen.js';

export interface PageColumn<Row> {
  readonly title: string;
  readonly isRight?: boolean;
  cell(row: Row): Cell | string;
}

export const TENANT_COLUMNS: readonly PageColumn<TenantRow>[] = [
  { title: 'tenant', cell: ({ tenant }) => tenant },
  { title: 'rung', cell: (row) => rungCell(row, formatMs, SCREEN) },
  { title: 'breaker', cell: (row) => breakerCell(row, formatMs) },
  { title: 'score', isRight: true, cell: scoreCell },
  {
    title: 'active/cap',
    isRight: true,
    cell: ({ active, maxSessions }) => `${formatCount(active)}/${formatCount(maxSessions)}`,
  },
  { title: 'waiting', isRight: true, cell: waitingCell },
  { title: 'CPU %', isRight: true, cell: ({ cpu }) => shortPercent(cpu?.nowRatio ?? null) },
  { title: 'memory', isRight: true, cell: ({ memoryBytes }) => formatBytes(memoryBytes) },
  {
    title: 'blocked',
    isRight: true,
    cell: ({ blocked }) => blockedCell(blocked.totalMs, blocked.lastAgoMs, formatMs),
  },
  {
    title: 'failed',
    isRight: true,
    cell: ({ failures }) => ({
      text: formatCount(failures),
      tone: failures > 0 ? 'warn' : 'plain',
    }),
  },
  { title: 'refused', cell: ({ refusals }) => formatReasons(refusals) },
];

export const ISOLATE_COLUMNS: readonly PageColumn<IsolateRow>[] = [
  { title: 'isolate', cell: ({ isolate }) => isolate },
  { title: 'tenant', cell: ({ tenant }) => tenant ?? NOTHING },
  { title: 'rung', cell: ({ rung }) => rung },
  {
    title: 'state',
    cell: ({ state, freshness }) => ({
      text: freshness === 'fresh' ? state : `${state}, ${freshness}`,
      tone: state === 'stuck' || freshness === 'lost' ? 'bad' : 'plain',
    }),
  },
  { title: 'sessions', isRight: true, cell: ({ sessions }) => formatCount(sessions) },
  { title: 'CPU %', isRight: true, cell: ({ cpu }) => shortPercent(cpu?.nowRatio ?? null) },
  {
    title: 'memory',
    isRight: true,
    cell: ({ rssBytes, heapUsedBytes }) => formatBytes(rssBytes ?? heapUsedBytes),
  },
  { title: 'lag', isRight: true, cell: ({ loopLagMs }) => formatMs(loopLagMs) },
  { title: 'restarts', isRight: true, cell: ({ restarts }) => formatCount(restarts) },
];

const ID_LENGTH = 8;

export const SESSION_COLUMNS: readonly PageColumn<SessionRow>[] = [
  { title: 'session', cell: ({ session }) => session.slice(0, ID_LENGTH) },
  { title: 'tenant', cell: ({ tenant }) => tenant },
  { title: 'agent', cell: ({ agent }) => agent },
  { title: 'rung', cell: ({ rung }) => rung },
  {
    title: 'status',
    cell: ({ status }) => ({ text: status, tone: status === 'slow' ? 'bad' : 'plain' }),
  },
  { title: 'age', isRight: true, cell: ({ durationMs }) => formatMs(durationMs) },
  { title: 'CPU %', isRight: true, cell: ({ cpu }) => shortPercent(cpu?.nowRatio ?? null) },
  {
    title: 'memory',
    isRight: true,
    cell: ({ memory }) => memoryText(memory, formatBytes, SCREEN),
  },
  {
    title: 'blocked',
    isRight: true,
    cell: ({ blocked }) => blockedCell(blocked.totalMs, blocked.lastAgoMs, formatMs),
  },
];

/** The table of the shown tab: its page of rows as lines. Only what is shown is laid out. */
import { heldIn } from '../view/confinement-cells.js';
import { sharingTenants } from '../view/cost-cells.js';
import { lineOf } from '../view/line.js';
import { isolateColumns } from './isolate-columns.js';
import { pageLines } from './rows-table.js';
import type { TopState } from './screen-state.js';
import { sessionColumns } from './session-columns.js';
import { tenantColumns } from './tenant-columns.js';
import { topSessions } from './top-session.js';
import { visibleIsolates, visibleNames, visibleSessions, visibleTenants } from './visible-rows.js';

export interface Shown {
  /** Position of the first row of the page. */
  readonly from: number;
  readonly count: number;
  readonly hasCursor: boolean;
}

export function tableLines(state: TopState, shown: Shown): string[] {
  const lines = pageOf(state, shown);
  if (visibleNames(state).length > 0) return lines;
  const isFiltered = Object.values(state.filter).some((part) => part !== null && part !== '');
  const text = isFiltered ? `no ${state.tab} pass the filters` : `no ${state.tab}`;
  return [...lines, lineOf([{ text, tone: 'faint' }], state.terminal)];
}

function pageOf(state: TopState, shown: Shown): string[] {
  const { snapshot, sort, terminal, tab } = state;
  const { unattributed, observer } = snapshot;
  const page = <Row>(all: readonly Row[]) => ({
    rows: [
      ...all.slice(shown.from, shown.from + shown.count),
      ...(hasUnattributed(state) ? (['unattributed'] as const) : []),
    ],
    sort,
    marked: shown.hasCursor && all.length > 0 ? state.cursor.index - shown.from : null,
  });
  if (tab === 'sessions') {
    const columns = sessionColumns(topSessions(snapshot), unattributed, terminal);
    return pageLines(columns, page(visibleSessions(state)), terminal);
  }
  if (tab === 'tenants') {
    const held = heldIn(snapshot.tenants);
    const columns = tenantColumns(sharingTenants(snapshot), held, unattributed, terminal);
    return pageLines(columns, page(visibleTenants(state)), terminal);
  }
  const columns = isolateColumns(observer.slowSessionThresholdMs, terminal);
  return pageLines(columns, page(visibleIsolates(state)), terminal);
}

/** Isolates are measured as wholes: nothing is left over that belongs to none of them. */
export const hasUnattributed = ({ tab, snapshot }: TopState): boolean =>
  tab !== 'isolates' && snapshot.unattributed !== null;

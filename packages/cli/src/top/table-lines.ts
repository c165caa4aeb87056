/** The table of the shown tab: its page of rows as lines. Only what is shown is laid out. */
import type { Snapshot } from '@tenantry/core/snapshot';
import { isShare } from './figure-cells.js';
import { isolateColumns } from './isolate-columns.js';
import { pageLines } from './rows-table.js';
import type { TopState } from './screen-state.js';
import { sessionColumns } from './session-columns.js';
import { tenantColumns } from './tenant-columns.js';
import { topSessions } from './top-session.js';
import { visibleIsolates, visibleSessions, visibleTenants } from './visible-rows.js';

export interface Shown {
  /** Position of the first row of the page. */
  readonly from: number;
  readonly count: number;
  readonly hasCursor: boolean;
}

export function tableLines(state: TopState, shown: Shown): string[] {
  const { snapshot, sort, terminal, tab } = state;
  const { unattributed } = snapshot;
  const page = <Row>(all: readonly Row[]) => ({
    rows: [
      ...all.slice(shown.from, shown.from + shown.count),
      ...(hasUnattributed(state) ? (['unattributed'] as const) : []),
    ],
    sort,
    marked: shown.hasCursor && all.length > 0 ? state.cursor.index - shown.from : null,
  });
  switch (tab) {
    case 'sessions': {
      const columns = sessionColumns(topSessions(snapshot), unattributed, terminal);
      return pageLines(columns, page(visibleSessions(state)), terminal);
    }
    case 'tenants': {
      const columns = tenantColumns(sharedTenants(snapshot), unattributed, terminal);
      return pageLines(columns, page(visibleTenants(state)), terminal);
    }
    case 'isolates': {
      const columns = isolateColumns(snapshot.observer.slowSessionThresholdMs, terminal);
      return pageLines(columns, page(visibleIsolates(state)), terminal);
    }
  }
}

/** Isolates are measured as wholes: nothing is left over that belongs to none of them. */
export const hasUnattributed = ({ tab, snapshot }: TopState): boolean =>
  tab !== 'isolates' && snapshot.unattributed !== null;

/** A tenant has its isolate's memory to itself; of the shared loop it has a share. */
export function sharedTenants({ sessions }: Snapshot): Set<string> {
  const shared = sessions.filter(
    ({ memory }) => memory !== null && memory.method === 'equal-share' && isShare(memory),
  );
  return new Set(shared.map(({ tenant }) => tenant));
}

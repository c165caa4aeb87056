/** The rows of the tab that is shown, chosen and in order. How many fit is left to `layout.ts`. */
import type { IsolateRow, TenantRow } from '@tenantry/core/snapshot';
import { passesIsolate, passesSession, passesTenant } from './filter.js';
import type { Tab, TopState } from './screen-state.js';
import { sortedIsolates, sortedSessions, sortedTenants } from './sort.js';
import { topSessions, type TopSession } from './top-session.js';

type Choice = Pick<TopState, 'snapshot' | 'filter' | 'sort'>;

export const visibleSessions = ({ snapshot, filter, sort }: Choice): TopSession[] =>
  sortedSessions(
    topSessions(snapshot).filter((row) => passesSession(row, filter)),
    sort,
  );

export const visibleTenants = ({ snapshot, filter, sort }: Choice): TenantRow[] =>
  sortedTenants(
    snapshot.tenants.filter((row) => passesTenant(row, filter)),
    sort,
  );

export const visibleIsolates = ({ snapshot, filter, sort }: Choice): IsolateRow[] =>
  sortedIsolates(
    snapshot.isolates.filter((row) => passesIsolate(row, filter)),
    sort,
  );

export interface RowName {
  readonly name: string;
  /** Whose it is; null for what belongs to nobody. */
  readonly tenant: string | null;
}

const NAMES_OF: Readonly<Record<Tab, (choice: Choice) => RowName[]>> = {
  sessions: (choice) =>
    visibleSessions(choice).map(({ session, tenant }) => ({ name: session, tenant })),
  tenants: (choice) => visibleTenants(choice).map(({ tenant }) => ({ name: tenant, tenant })),
  isolates: (choice) =>
    visibleIsolates(choice).map(({ isolate, tenant }) => ({ name: isolate, tenant })),
};

/** The names of the shown tab's rows, in their order. */
export const visibleNames = (state: Choice & { readonly tab: Tab }): RowName[] =>
  NAMES_OF[state.tab](state);

/** Which rows are shown: by status, tenant, agent and a searched text. Their order is left to `sort.ts`. */
import type { IsolateRow, SessionStatus, TenantRow } from '@tenantry/core/snapshot';
import type { TopSession } from './top-session.js';

export interface Filter {
  readonly status: SessionStatus | null;
  readonly tenant: string | null;
  readonly agent: string | null;
  /** Found anywhere in a row's names, in either case; empty for all. */
  readonly search: string;
}

/** In the order in which a key goes through them. */
export const STATUSES = [
  'active',
  'slow',
  'draining',
  'errored',
  'idle',
] as const satisfies readonly SessionStatus[];

/** After the last status all are shown again. */
export function nextStatus(status: SessionStatus | null): SessionStatus | null {
  return STATUSES[status === null ? 0 : STATUSES.indexOf(status) + 1] ?? null;
}

export function passesSession(row: TopSession, filter: Filter): boolean {
  return (
    (filter.status === null || row.status === filter.status) &&
    (filter.tenant === null || row.tenant === filter.tenant) &&
    (filter.agent === null || row.agent === filter.agent) &&
    finds(filter.search, [row.session, row.agent, row.tenant, row.isolate, row.rung])
  );
}

export function passesTenant(row: TenantRow, { tenant, search }: Filter): boolean {
  return (tenant === null || row.tenant === tenant) && finds(search, [row.tenant, row.rung]);
}

export function passesIsolate(row: IsolateRow, { tenant, search }: Filter): boolean {
  return (
    // The shared loop belongs to nobody, and is everybody's.
    (tenant === null || row.tenant === tenant || row.rung === 'coroutine') &&
    finds(search, [row.isolate, row.tenant, row.rung, row.state])
  );
}

function finds(search: string, names: readonly (string | null)[]): boolean {
  if (search === '') return true;
  const wanted = search.toLowerCase();
  return names.some((name) => name?.toLowerCase().includes(wanted) === true);
}

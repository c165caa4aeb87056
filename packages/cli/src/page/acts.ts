/** What can be done by hand to a tenant, a session or the pool: the words of the buttons, and the requests. */
import type { SessionRow, TenantRow } from '@tenantry/core/snapshot';

export interface Act {
  readonly title: string;
  readonly request: Readonly<Record<string, unknown>>;
}

export function tenantActs({
  tenant,
  rung,
  ladder,
  breaker,
  maxSessions,
  active,
}: TenantRow): Act[] {
  const acts: Act[] = [];
  const add = (title: string, request: Readonly<Record<string, unknown>>): void =>
    void acts.push({ title, request: { ...request, tenant } });
  const state = ladder?.state ?? 'free';
  for (const as of ['thread', 'process', 'quarantined']) {
    if (rung !== as) add(`Isolate as ${as}`, { command: 'isolate', as });
  }
  if (state !== 'free') add('Release', { command: 'release' });
  if (state === 'pinned') add('Unpin', { command: 'pin', rung: null });
  else if (rung !== 'quarantined') add(`Pin to ${rung}`, { command: 'pin', rung });
  if (breaker !== null) {
    if (breaker.state === 'closed') add('Trip breaker', { command: 'trip' });
    else add('Reset breaker', { command: 'reset' });
  }
  if (maxSessions !== active) add(`Cap at ${active}`, { command: 'cap', maxSessions: active });
  add('Configured cap', { command: 'cap', maxSessions: null });
  add('Drain', { command: 'drain' });
  return acts;
}

export function sessionActs({ session }: SessionRow): Act[] {
  return [
    { title: 'Drain', request: { command: 'drain', session } },
    { title: 'Kick', request: { command: 'kick', session } },
  ];
}

export const POOL_ACTS: readonly Act[] = [
  { title: 'Drain the whole pool', request: { command: 'drain' } },
];

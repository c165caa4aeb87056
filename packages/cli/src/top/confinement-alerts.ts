/** What of confinement must not be missed: many tenants that fail together, audit, breakers, escalations. */
import type { Snapshot, TenantRow } from '@tenantry/core/snapshot';
import type { Cell } from '../view/column.js';
import { namesText, offenceText, stateTroubles, systemicText } from '../view/confinement-text.js';
import { formatMs } from '../view/format.js';

/** A tenant that was confined within this time is told of. */
const RECENT_MS = 60_000;

/** About the pool as a whole. */
export function poolAlerts({ confinement }: Snapshot): Cell[] {
  if (confinement === undefined) return [];
  const { systemic } = confinement;
  return [
    ...(systemic === null ? [] : [{ text: systemicText(systemic), tone: 'bad' } as const]),
    ...stateTroubles(confinement).map((text) => ({ text, tone: 'bad' }) as const),
  ];
}

/** About single tenants: one line for all breakers, one for all escalations. */
export function tenantAlerts({ tenants }: Snapshot): Cell[] {
  return [...breakerAlert(tenants), ...escalationAlert(tenants)];
}

function breakerAlert(tenants: readonly TenantRow[]): Cell[] {
  const open = tenants.filter(({ breaker }) => breaker?.state === 'open');
  if (open.length === 0) return [];
  const names = open.map(({ tenant, breaker }) => {
    const { nextProbeInMs, enforced } = breaker!;
    if (!enforced) return `${tenant} (counts only)`;
    return nextProbeInMs === null ? tenant : `${tenant} (probe in ${formatMs(nextProbeInMs)})`;
  });
  const isEnforced = open.some(({ breaker }) => breaker!.enforced);
  return [{ text: `breaker open: ${namesText(names)}`, tone: isEnforced ? 'bad' : 'warn' }];
}

/** The latest first. */
function escalationAlert(tenants: readonly TenantRow[]): Cell[] {
  const agoMs = ({ ladder }: TenantRow): number => ladder?.sinceMs ?? Number.POSITIVE_INFINITY;
  const moved = tenants
    .filter((row) => row.ladder?.state === 'confined' && agoMs(row) <= RECENT_MS)
    .sort((a, b) => agoMs(a) - agoMs(b));
  if (moved.length === 0) return [];
  const names = moved.map(({ tenant, ladder }) => {
    const { rung, lastOffence } = ladder!;
    return `${tenant} to ${rung} (${lastOffence === null ? 'by hand' : offenceText(lastOffence)})`;
  });
  return [{ text: `escalated: ${namesText(names)}`, tone: 'warn' }];
}

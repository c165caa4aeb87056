/** Which tenants a snapshot speaks against, the worst first, and what it says of each. */
import type { Snapshot, TenantRow } from '@tenantry/core/snapshot';

export interface Suspect {
  readonly tenant: string;
  /** For an order only. */
  readonly weight: number;
  readonly signs: readonly string[];
}

/** More than one core's worth of this is a hog. */
const MUCH_CPU_RATIO = 0.5;
const MANY_REFUSALS = 10;
/** Rows that stand for more than one tenant. */
const STANDS_FOR_MANY = /^\(/;

export function suspects({ tenants }: Snapshot): Suspect[] {
  return tenants
    .filter(({ tenant }) => !STANDS_FOR_MANY.test(tenant))
    .map(suspectOf)
    .filter(({ signs }) => signs.length > 0)
    .sort((a, b) => b.weight - a.weight);
}

function suspectOf(row: TenantRow): Suspect {
  const signs: string[] = [];
  let weight = 0;
  const sign = (more: number, text: string): void => {
    weight += more;
    signs.push(text);
  };
  const { ladder = null, breaker, blocked, cpu, failures, started, rung } = row;
  if (rung === 'quarantined') sign(8, 'is quarantined');
  else if (ladder?.state === 'confined') sign(6, `is confined to ${rung}`);
  else if (ladder?.state === 'probation') sign(3, 'is on probation');
  if (ladder !== null && !ladder.enforced && ladder.score >= ladder.threshold) {
    sign(6, `would be moved (score ${ladder.score.toFixed(1)} of ${ladder.threshold})`);
  }
  if (breaker !== null && breaker.state !== 'closed') {
    sign(
      5,
      `has its breaker ${breaker.state} after ${breaker.failures} of ${breaker.samples} failed`,
    );
  }
  const minuteBlocks = blocked.minute.reduce((sum, each) => sum + each, 0);
  if (minuteBlocks > 0) {
    const place = blocked.lastPlace;
    const at = place === null ? '' : `, last at ${place.function} (${place.file}:${place.line})`;
    sign(4, `blocked its loop in the last minute, ${blocked.count} times in all${at}`);
  }
  const nowRatio = cpu?.nowRatio ?? 0;
  if (nowRatio > MUCH_CPU_RATIO) sign(3, `takes ${nowRatio.toFixed(2)} of a core`);
  if (failures > 0 && failures * 2 > started) sign(2, `failed ${failures} of ${started} sessions`);
  const refusals = Object.values(row.refusals).reduce((sum, each) => sum + each, 0);
  if (refusals >= MANY_REFUSALS) sign(1, `had ${refusals} sessions refused`);
  return { tenant: row.tenant, weight, signs };
}

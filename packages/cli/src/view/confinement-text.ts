/** What holds a pool's tenants, in words: systemic alarm, breakers, confinement, audit. Where it stands is left to others. */
import type { Snapshot, TenantRow } from '@tenantry/core/snapshot';
import { formatCount, formatMs } from './format.js';
import { placeText } from './place-text.js';

type Ladder = NonNullable<TenantRow['ladder']>;
type Breaker = NonNullable<TenantRow['breaker']>;
type Confinement = NonNullable<Snapshot['confinement']>;

/** More names than these are counted. */
const MOST_NAMED = 5;

const AUDIT_TROUBLE = 'the audit trail cannot be written: decisions leave no record';
const KEEPING_TROUBLE =
  'the disk refuses to keep what is decided of tenants: a restart now would undo it';

/** What of the state directory is not as it should be. */
export function stateTroubles({ auditOk, auditRestarts = 0, keepingOk }: Confinement): string[] {
  return [
    ...(auditOk ? [] : [AUDIT_TROUBLE]),
    ...(auditRestarts === 0
      ? []
      : [`the audit file was gone or damaged, and began anew ${timesText(auditRestarts)}`]),
    ...(keepingOk === false ? [KEEPING_TROUBLE] : []),
  ];
}

/** `systemic alarm for 12 s: acme, globex fail together; nobody is moved for it`. */
export function systemicText({ tenants, sinceMs }: NonNullable<Confinement['systemic']>): string {
  const who = tenants.length === 0 ? 'tenants' : namesText(tenants);
  return `systemic alarm for ${formatMs(sinceMs)}: ${who} fail together; nobody is moved for it`;
}

/** `a, b and 3 more`. */
export function namesText(names: readonly string[]): string {
  const more = names.length - MOST_NAMED;
  const named = names.slice(0, MOST_NAMED).join(', ');
  return more > 0 ? `${named} and ${formatCount(more)} more` : named;
}

/** `open, 6 of 8 failed, opened 2 times, next probe in 12 s`. */
export function breakerText(breaker: Breaker): string {
  const { state, enforced, trips, failures, samples, nextProbeInMs } = breaker;
  const parts = [
    enforced ? state : `${state} (counts only)`,
    `${formatCount(failures)} of ${formatCount(samples)} failed`,
    `opened ${timesText(trips)}`,
    ...(nextProbeInMs === null ? [] : [`next probe in ${formatMs(nextProbeInMs)}`]),
  ];
  return parts.join(', ');
}

/** `confined on process, 42.0 s left, 2 relapses`. */
export function ladderText({ state, rung, leftMs, relapses, enforced }: Ladder): string {
  const parts = [
    state === 'pinned' ? `pinned to ${rung}` : `${state} on ${rung}`,
    ...(leftMs === null
      ? state === 'confined'
        ? ['until it is released']
        : []
      : [`${formatMs(leftMs)} left`]),
    `${formatCount(relapses)} ${relapses === 1 ? 'relapse' : 'relapses'}`,
    ...(enforced ? [] : ['not enforced: it is only told']),
  ];
  return parts.join(', ');
}

/** `block 3.0 s ago at chargeCard (agents/billing.js:42)`. */
export function offenceText({ kind, agoMs, place }: NonNullable<Ladder['lastOffence']>): string {
  const where = place === null ? '' : ` at ${placeText(place)}`;
  return `${kind} ${formatMs(agoMs)} ago${where}`;
}

/** `3.2/5`. */
export const scoreText = ({ score, threshold }: Ladder): string =>
  `${shortNumber(score)}/${shortNumber(threshold)}`;

/** One digit after the point, and none that is a zero. */
const shortNumber = (value: number): string => String(Math.round(value * 10) / 10);

const timesText = (count: number): string =>
  count === 0 ? 'never' : count === 1 ? 'once' : `${formatCount(count)} times`;

/** A runtime event as a line of the log. Who else is told of it is left to the observers. */
import type { RuntimeEvent } from '../events/runtime-event.js';
import type { Log } from '../log/log.js';

/** What somebody asked for, and what has become better, is no warning. */
export function logEvent(log: Log, event: RuntimeEvent): void {
  const isWanted =
    event.kind === 'isolate.started' ||
    event.kind === 'session.moved' ||
    event.kind === 'breaker.half-open' ||
    event.kind === 'breaker.closed' ||
    event.kind === 'config.reloaded' ||
    (event.kind === 'agents.reloaded' && event.failed.length === 0) ||
    event.kind === 'incident.captured' ||
    (event.kind === 'isolate.ended' && !event.abnormal);
  log[isWanted ? 'info' : 'warn'](event, textOf(event));
}

const MS_PER_S = 1_000;

/** The lines about breakers are those of OpenRTC, so that what looks for them finds them. */
function textOf(event: RuntimeEvent): string {
  if (event.kind === 'breaker.closed')
    return `[circuit-breaker] tenant '${event.tenant}' recovered`;
  if (event.kind === 'breaker.half-open') {
    return `[circuit-breaker] tenant '${event.tenant}' half-open; its next new session is a probe`;
  }
  if (event.kind === 'config.reloaded') return reloadedText(event);
  if (event.kind === 'config.rejected') {
    return `[config] refused, the old configuration stays: ${event.message}`;
  }
  if (event.kind === 'agents.reloaded') return generationText(event);
  if (event.kind === 'incident.captured')
    return `[incident] ${event.trigger}: bundle ${event.file}`;
  if (event.kind === 'incident.failed')
    return `[incident] ${event.trigger}: no bundle: ${event.detail}`;
  if (event.kind.startsWith('tenant.')) return tenantText(event as TenantEvent);
  if (event.kind !== 'breaker.opened') return `[${event.kind}]`;
  const { tenant, failures, samples, cooldownMs, byHand, enforced } = event;
  const cause = byHand ? 'by hand' : `after ${failures}/${samples} failures`;
  return enforced
    ? `[circuit-breaker] tenant '${tenant}' opened ${cause}; rejecting its new sessions for ` +
        `${Math.ceil(cooldownMs / MS_PER_S)}s`
    : `[circuit-breaker] tenant '${tenant}' would have opened ${cause}; not enforced`;
}

function reloadedText({
  applied,
  needsRestart,
}: Extract<RuntimeEvent, { kind: 'config.reloaded' }>): string {
  const named = (changes: readonly { readonly path: string }[]): string =>
    changes.map(({ path }) => path).join(', ');
  const now = applied.length === 0 ? 'nothing to apply' : `applied ${named(applied)}`;
  const later = needsRestart.length === 0 ? '' : `; needs a restart: ${named(needsRestart)}`;
  return `[config] reloaded: ${now}${later}`;
}

function generationText({
  generation,
  changed,
  added,
  removed,
  failed,
}: Extract<RuntimeEvent, { kind: 'agents.reloaded' }>): string {
  const parts = Object.entries({ changed, added, removed })
    .filter(([, names]) => names.length > 0)
    .map(([what, names]) => `${what} ${names.join(', ')}`);
  const faults = failed.map(({ message }) => `; the old code stays: ${message}`);
  const what = parts.length === 0 ? 'nothing has changed' : parts.join('; ');
  return `[agents] generation ${generation}: ${what}${faults.join('')}`;
}

type TenantEvent = Extract<RuntimeEvent, { kind: `tenant.${string}` }>;

function tenantText({ kind, tenant, from, to, carriedOut, heldBy, ...facts }: TenantEvent): string {
  const { score, threshold, forMs } = facts;
  const what = kind.slice('tenant.'.length);
  const would = carriedOut ? '' : ` would be, but is not (${heldBy})`;
  const time = forMs === null ? '' : ` for ${Math.ceil(forMs / MS_PER_S)}s`;
  const why = score > 0 ? `; score ${score.toFixed(1)} of ${threshold}` : '';
  return `[escalation] tenant '${tenant}'${would} ${what}: ${from} to ${to}${time}${why}`;
}

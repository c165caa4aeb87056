/**
 * Pure: which isolate is meant by the name a profile is asked of. Isolates come first, then sessions,
 * then tenants; of what has ended it is said when and how. Whether one may be taken now is left to
 * the profile desk.
 */
import { TenantryError, shown } from '../errors/errors.js';
import type { PoolProfile } from '../inspector/pool-profile.js';
import type { IsolateRow, SessionRow, Snapshot } from '../snapshot/snapshot.js';

export interface ProfileTarget extends Readonly<PoolProfile['target']> {
  /** Of a thread of this process or of a child's. */
  readonly threadId: number | null;
}

/** The beginning of a session's id that stands for it, as tables show it. */
const SHORTEST_PREFIX = 8;
const MOST_NAMED = 10;
const RUNNING: ReadonlySet<IsolateRow['state']> = new Set(['ready', 'draining']);

/** @throws TENANTRY_PROFILE_TARGET_UNKNOWN */
export function resolveProfileTarget(snapshot: Snapshot, name: string): ProfileTarget {
  const isolate = snapshot.isolates.find((row) => row.isolate === name);
  if (isolate !== undefined) return targetOf(snapshot, isolate, { tenant: isolate.tenant });
  const session = sessionNamed(snapshot, name);
  if (session !== undefined) return sessionTarget(snapshot, session);
  const tenant = tenantTarget(snapshot, name);
  if (tenant !== undefined) return tenant;
  throw unknown(endText(snapshot, name) ?? unknownText(snapshot, name));
}

function targetOf(
  snapshot: Snapshot,
  row: IsolateRow,
  who: { readonly tenant: string | null; readonly session?: string },
): ProfileTarget {
  if (!RUNNING.has(row.state)) throw unknown(notRunningText(row));
  return {
    isolate: row.isolate,
    rung: row.rung,
    session: who.session ?? null,
    tenant: who.tenant,
    sessions: snapshot.sessions.filter(({ isolate }) => isolate === row.isolate).length,
    threadId: row.threadId,
  };
}

function sessionNamed({ sessions }: Snapshot, name: string): SessionRow | undefined {
  const exact = sessions.find(({ session }) => session === name);
  if (exact !== undefined || name.length < SHORTEST_PREFIX) return exact;
  const [first, ...others] = sessions.filter(({ session }) => session.startsWith(name));
  if (others.length === 0) return first;
  throw unknown(`${others.length + 1} sessions begin with ${shown(name)}: give more of the id`);
}

function sessionTarget(
  snapshot: Snapshot,
  { session, tenant, isolate }: SessionRow,
): ProfileTarget {
  const row = snapshot.isolates.find((each) => each.isolate === isolate);
  if (row !== undefined) return targetOf(snapshot, row, { tenant, session });
  throw unknown(`session ${session} of tenant ${shown(tenant)} has no isolate yet`);
}

/** Of a tenant in several places, the one where it uses most CPU now. */
function tenantTarget(snapshot: Snapshot, tenant: string): ProfileTarget | undefined {
  const row = snapshot.tenants.find((each) => each.tenant === tenant);
  const sessions = snapshot.sessions.filter((each) => each.tenant === tenant);
  const isHere = row?.rung === 'coroutine' || sessions.some(({ rung }) => rung === 'coroutine');
  const places = snapshot.isolates
    .filter((each) => each.tenant === tenant || (isHere && each.rung === 'coroutine'))
    .filter(({ state }) => RUNNING.has(state));
  let [busiest] = places;
  if (busiest === undefined) return undefined;
  for (const place of places) {
    if (cpuNow(place, sessions) > cpuNow(busiest, sessions)) busiest = place;
  }
  return targetOf(snapshot, busiest, { tenant });
}

/** A stuck isolate reports nothing; what its sessions burn is known of the block that lasts. */
function cpuNow({ isolate, tenant, cpu }: IsolateRow, sessions: readonly SessionRow[]): number {
  let burning = 0;
  for (const each of sessions) {
    if (each.isolate === isolate) burning += each.cpu?.nowRatio ?? 0;
  }
  // The shared loop's own figure is everybody's.
  return tenant === null ? burning : Math.max(burning, cpu?.nowRatio ?? 0);
}

function notRunningText({ isolate, state, lastEnd }: IsolateRow): string {
  if (state === 'starting') return `isolate ${isolate} is starting and has nothing to profile yet`;
  const how =
    lastEnd === null ? '' : `: ${agoText(lastEnd.agoMs)} (${lastEnd.reason}, ${lastEnd.detail})`;
  return state === 'stopping' || state === 'stuck'
    ? `isolate ${isolate} is being ended${how}`
    : `isolate ${isolate} has ended${how}`;
}

/** What is remembered of an end of a session, or of the tenant's last one. */
function endText({ recentEnds, tenants, isolates }: Snapshot, name: string): string | undefined {
  const ended = recentEnds.find(
    ({ session }) =>
      session === name || (name.length >= SHORTEST_PREFIX && session.startsWith(name)),
  );
  if (ended !== undefined) {
    const { session, tenant, reason, agoMs } = ended;
    return `session ${session} of tenant ${shown(tenant)} ended ${agoText(agoMs)} (${reason})`;
  }
  const lost = isolates.find(({ tenant }) => tenant === name);
  if (lost !== undefined) {
    return `tenant ${shown(name)} has no isolate that runs: ${notRunningText(lost)}`;
  }
  const last = recentEnds.find(({ tenant }) => tenant === name);
  if (last !== undefined) {
    const { session, reason, agoMs } = last;
    return (
      `tenant ${shown(name)} has no isolate that runs: its last session, ${session}, ` +
      `ended ${agoText(agoMs)} (${reason})`
    );
  }
  const isKnown = tenants.some(({ tenant }) => tenant === name);
  return isKnown ? `tenant ${shown(name)} has no isolate that runs` : undefined;
}

function unknownText({ runtime, isolates, tenants }: Snapshot, name: string): string {
  return (
    `pool ${shown(runtime.name)} has no isolate, session or tenant ${shown(name)}; its isolates: ` +
    `${listText(isolates.map(({ isolate }) => isolate))}; its tenants: ` +
    listText(tenants.map(({ tenant }) => tenant))
  );
}

function listText(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const more = names.length - MOST_NAMED;
  return names.slice(0, MOST_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function agoText(agoMs: number): string {
  const seconds = agoMs / 1_000;
  if (seconds < 10) return `${seconds.toFixed(1)} s ago`;
  return seconds < 120 ? `${Math.round(seconds)} s ago` : `${Math.round(seconds / 60)} min ago`;
}

function unknown(message: string): TenantryError {
  return new TenantryError('TENANTRY_PROFILE_TARGET_UNKNOWN', message);
}

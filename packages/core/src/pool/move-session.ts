/**
 * Moves a session of a pool to another rung and tells what became of it. When to is decided by the
 * caller.
 */
import type { TenantSettings } from '../tenant/tenant-options.js';
import { rungOf, type IsolateKind, type Isolation } from '../vocabulary/rung.js';
import type { ClientSession } from '../session/client-session.js';
import { possible } from './held-by.js';
import type { OpeningParts } from './opening.js';
import type { MoveResult } from '../session/session-move.js';

/** Where to. */
export interface MoveTarget {
  readonly isolation: Isolation;
  /** The tenant's own kind by default. */
  readonly isolate?: IsolateKind;
  /** Longest wait for the agent's next checkpoint, in milliseconds. */
  readonly deadlineMs: number;
}

/**
 * By hand: within the bounds of its tenant, and no lower than its new sessions start.
 * @throws (as a rejection) TENANTRY_TENANT_PINNED, TENANTRY_TENANT_CONFINED, TENANTRY_OPTIONS_INVALID
 */
export async function moveSession(
  parts: OpeningParts,
  id: string,
  target: MoveTarget,
): Promise<MoveResult> {
  const session = parts.live.all().find((one) => one.id === id);
  if (session === undefined) return { kind: 'not-moved', why: 'ended' };
  const tenant = parts.tenants.get(session.tenant);
  const { isolation, isolate = tenant.settings.isolate, deadlineMs } = target;
  const to = rungOf(isolation, isolate);
  const { confinement } = parts;
  possible(tenant.id, to, confinement.escalation.moveRefusal(tenant.id, to));
  return moveOne(parts, session, confinement.settingsOn(tenant, to), deadlineMs, true);
}

export async function moveOne(
  parts: OpeningParts,
  session: ClientSession,
  settings: TenantSettings,
  deadlineMs: number,
  byHand = false,
): Promise<MoveResult> {
  const executor = parts.placement.executorFor(settings);
  const result = await session.moveTo(executor, settings, { deadlineMs });
  if (result.kind === 'moved') {
    const { from, gapMs, rung } = result;
    const { id, tenant, agent } = session;
    const to = { rung, isolate: result.isolate };
    parts.events.emit({
      kind: 'session.moved',
      session: id,
      tenant,
      agent,
      from,
      to,
      gapMs,
      byHand,
    });
  }
  return result;
}

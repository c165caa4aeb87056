/** The coded error of an act by hand that something holds back. Deciding it is left to the escalation. */
import { TenantryError, shown } from '../errors/errors.js';
import type { Decision, HeldBy } from '../escalation/decision.js';
import type { MoveRefusal } from '../escalation/gate.js';
import type { Rung } from '../vocabulary/rung.js';

/** Throws as `possible` does. */
export function carriedOut({ tenant, to, heldBy }: Decision): void {
  possible(tenant, to, heldBy);
}

/**
 * @throws TENANTRY_TENANT_PINNED, TENANTRY_TENANT_CONFINED, TENANTRY_ISOLATE*,
 *   TENANTRY_AGENT_NOT_PORTABLE, TENANTRY_OPTIONS_INVALID
 */
export function possible(tenant: string, to: Rung, heldBy: HeldBy | MoveRefusal | null): void {
  switch (heldBy) {
    case null:
      return;
    case 'pinned':
      throw new TenantryError('TENANTRY_TENANT_PINNED', `tenant "${tenant}" is pinned: unpin it`, {
        tenant,
      });
    case 'confined':
      throw new TenantryError(
        'TENANTRY_TENANT_CONFINED',
        `tenant "${tenant}" is confined: its sessions go no lower, not to ${shown(to)}`,
        { tenant },
      );
    case 'no-isolates':
      throw new TenantryError('TENANTRY_ISOLATES_MISSING', 'the pool was made without isolates');
    case 'isolate-limit':
      throw new TenantryError(
        'TENANTRY_ISOLATE_LIMIT',
        `no isolate for tenant "${tenant}": as many run as may be`,
        { tenant, retryAfterMs: 5_000 },
      );
    case 'not-portable':
      throw new TenantryError(
        'TENANTRY_AGENT_NOT_PORTABLE',
        `an agent of tenant "${tenant}" has no module that an isolate could load`,
        { tenant },
      );
    default:
      throw new TenantryError(
        'TENANTRY_OPTIONS_INVALID',
        `tenant "${tenant}": ${shown(to)} lies outside of its ${heldBy}`,
        { tenant },
      );
  }
}

/**
 * May this session start now? One fixed order, first refusal wins:
 *
 *   malformed → draining → quarantined → tenant cap → agent cap → pool cap
 *
 * The permit is taken before anything is awaited, so a burst never overshoots. A malformed tenant id
 * never gets here; where the session runs is left to placement.
 */
import { TenantryError, type ErrorFields } from '../errors/errors.js';
import type { ErrorCode } from '../errors/error-codes.js';
import { Cap, takeAll, type Permit } from '../limits/cap.js';
import { countRefusal } from '../tenant/tenant-books.js';
import type { Tenant } from '../tenant/tenant.js';
import type { Clock } from '../time/clock.js';

/** Why a session was not admitted: the key it is counted under, per tenant. */
export type RefusalReason =
  | 'malformed'
  | 'draining'
  | 'quarantined'
  | 'tenant-cap'
  | 'agent-cap'
  | 'pool-cap'
  | 'placement';

export interface AdmissionOptions {
  readonly maxConcurrentSessions: number;
  readonly maxSessionsPerAgent: Readonly<Record<string, number>>;
}

/** A cap frees when any session ends, which cannot be foretold; a second is polite and soon enough. */
const CAP_RETRY_AFTER_MS = 1_000;
const DRAIN_RETRY_AFTER_MS = 5_000;

export class Admission {
  readonly #clock: Clock;
  readonly #poolCap: Cap;
  readonly #agentCaps = new Map<string, Cap>();
  readonly #agentCounts: ReadonlyMap<string, number>;
  draining = false;

  constructor(options: AdmissionOptions, clock: Clock) {
    this.#clock = clock;
    this.#poolCap = new Cap(options.maxConcurrentSessions);
    this.#agentCounts = new Map(Object.entries(options.maxSessionsPerAgent));
  }

  get activeCount(): number {
    return this.#poolCap.heldCount;
  }

  /**
   * The right to run one session of `tenant` with `agent`.
   * @throws TENANTRY_POOL_DRAINING, TENANTRY_TENANT_QUARANTINED, TENANTRY_TENANT_CAP,
   *   TENANTRY_AGENT_CAP, TENANTRY_POOL_CAP, each with `retryAfterMs`
   */
  admit(tenant: Tenant, agent: string): Permit {
    this.refuseWhileDraining(tenant);
    const quarantinedForMs =
      tenant.quarantinedUntilMs === 0 ? null : tenant.quarantinedForMs(this.#clock.nowMs());
    if (quarantinedForMs !== null) {
      throw refusal(
        tenant,
        'quarantined',
        'TENANTRY_TENANT_QUARANTINED',
        'it is quarantined, its isolate kept failing',
        { retryAfterMs: Math.ceil(quarantinedForMs) },
      );
    }
    const agentCap = this.#agentCap(agent);
    const taken =
      agentCap === undefined
        ? takeAll(tenant.cap, this.#poolCap)
        : takeAll(tenant.cap, agentCap, this.#poolCap);
    if (!(taken instanceof Cap)) return taken;
    if (taken === tenant.cap)
      throw full(tenant, 'tenant-cap', 'TENANTRY_TENANT_CAP', 'tenant', taken);
    if (taken === agentCap) {
      throw full(tenant, 'agent-cap', 'TENANTRY_AGENT_CAP', `agent "${agent}"`, taken);
    }
    throw full(tenant, 'pool-cap', 'TENANTRY_POOL_CAP', 'pool', taken);
  }

  /**
   * Asked again before a session is placed whose config had to be waited for.
   * @throws TENANTRY_POOL_DRAINING, TENANTRY_TENANT_DRAINING
   */
  refuseWhileDraining(tenant: Tenant): void {
    if (!this.draining && tenant.drains === 0) return;
    const [code, who] = this.draining
      ? (['TENANTRY_POOL_DRAINING', 'the pool'] as const)
      : (['TENANTRY_TENANT_DRAINING', 'the tenant'] as const);
    throw refusal(tenant, 'draining', code, `${who} is draining`, {
      retryAfterMs: DRAIN_RETRY_AFTER_MS,
    });
  }

  #agentCap(agent: string): Cap | undefined {
    if (this.#agentCounts.size === 0) return undefined;
    const known = this.#agentCaps.get(agent);
    if (known !== undefined) return known;
    const maxCount = this.#agentCounts.get(agent);
    if (maxCount === undefined) return undefined;
    const cap = new Cap(maxCount);
    this.#agentCaps.set(agent, cap);
    return cap;
  }
}

function full(
  tenant: Tenant,
  reason: RefusalReason,
  code: ErrorCode,
  whose: string,
  cap: Cap,
): TenantryError {
  return refusal(
    tenant,
    reason,
    code,
    `${whose} at its cap (${cap.heldCount} of ${cap.maxCount})`,
    {
      retryAfterMs: CAP_RETRY_AFTER_MS,
      details: { running: cap.heldCount, limit: cap.maxCount },
    },
  );
}

function refusal(
  tenant: Tenant,
  reason: RefusalReason,
  code: ErrorCode,
  why: string,
  fields: ErrorFields,
): TenantryError {
  countRefusal(tenant.books, reason);
  return new TenantryError(code, `session of tenant "${tenant.id}" refused: ${why}`, {
    ...fields,
    tenant: tenant.id,
  });
}

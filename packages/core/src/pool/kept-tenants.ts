/**
 * What of a tenant outlives the process: its place on the ladder with the evidence, its breaker, a cap
 * set by hand. A repeat offender does not get a fresh start by ending the process.
 */
import { z } from 'zod';
import { SavedBreaker } from '../breaker/saved-breaker.js';
import type { Escalation } from '../escalation/escalation.js';
import { LARGEST_CAP } from '../inspector/control.js';
import type { DurableState } from './durable-state.js';
import type { PoolParts } from './pool-parts.js';

const KeptTenant = z.object({
  version: z.literal(1),
  /** Checked by the escalation. */
  escalation: z.unknown(),
  breaker: SavedBreaker.nullable(),
  /** Set by hand; null where the configured one holds. */
  maxSessions: z.int().min(0).max(LARGEST_CAP).nullable(),
});

/** Has tenants kept, and once more, as they are then, those that the disk has refused. */
export class TenantKeeper {
  readonly #parts: PoolParts;
  readonly #escalation: Escalation;
  readonly #state: DurableState;
  readonly #refused = new Set<string>();

  constructor(parts: PoolParts, escalation: Escalation, state: DurableState) {
    this.#parts = parts;
    this.#escalation = escalation;
    this.#state = state;
  }

  /** Resolves with whether it is kept; null where nothing is. */
  async keep(id: string): Promise<boolean | null> {
    const isKept = await keepTenant(this.#parts, this.#escalation, this.#state, id);
    if (isKept === true) this.#refused.delete(id);
    // What cannot be kept on any disk is not tried again.
    else if (!this.#state.isKeepingSound) this.#refused.add(id);
    return isKept;
  }

  /** Called once a second. */
  tick(): void {
    if (!this.#state.isKeepingSound) return;
    const due = [...this.#refused];
    this.#refused.clear();
    for (const id of due) void this.keep(id);
  }
}

function keepTenant(
  { tenants, clock }: PoolParts,
  escalation: Escalation,
  state: DurableState,
  id: string,
): Promise<boolean | null> {
  // One that was forgotten meanwhile is known again: what is decided of it has to reach its file.
  const tenant = tenants.get(id);
  const kept: z.input<typeof KeptTenant> = {
    version: 1,
    escalation: escalation.save(id),
    breaker: tenant.breaker?.save(clock.epochMs()) ?? null,
    maxSessions: tenant.isCappedByHand ? tenant.cap.maxCount : null,
  };
  return state.keep(id, kept);
}

/**
 * What cannot be read is told and left alone; the others are taken up, and so is a breaker and a cap
 * beside a place on the ladder that is unreadable.
 */
export function restoreTenants(
  { tenants, clock, log }: PoolParts,
  escalation: Escalation,
  state: DurableState,
): void {
  const [nowMs, epochMs] = [clock.nowMs(), clock.epochMs()];
  for (const [id, value] of state.kept()) {
    const parsed = KeptTenant.safeParse(value);
    const tenant = tenants.get(id);
    const kept = parsed.data;
    if (kept?.breaker !== undefined && kept.breaker !== null) {
      tenant.breaker?.restore(kept.breaker, epochMs);
    }
    if (kept?.maxSessions !== undefined && kept.maxSessions !== null) {
      tenant.cap.maxCount = kept.maxSessions;
    }
    const isRead =
      kept !== undefined &&
      (kept.escalation === null || escalation.restore(id, kept.escalation, nowMs, epochMs));
    if (!isRead) {
      log.error(
        { code: 'TENANTRY_STATE_DAMAGED', tenant: id },
        '[state] what was kept of a tenant cannot be read; what is missing begins anew',
      );
    }
  }
}

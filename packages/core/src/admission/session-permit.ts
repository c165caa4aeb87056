/**
 * The right to run one session: one of each cap, and the session's part in its tenant's breaker.
 * Taken in one turn and given back once. Whether it may be taken is left to admission.
 */
import { NO_TICKET, type BreakerTicket } from '../breaker/breaker.js';
import type { Cap } from '../limits/cap.js';
import type { Tenant } from '../tenant/tenant.js';
import type { OutcomeStatus } from '../vocabulary/end-reason.js';

/** The caps a permit is one of, beside the tenant's own. */
export interface PoolCaps {
  readonly poolCap: Cap;
  /** Something was given back. */
  freed(): void;
}

/** `release` and `end` are harmless when called again. */
export class SessionPermit {
  readonly #tenant: Tenant;
  readonly #agentCap: Cap | undefined;
  readonly #caps: PoolCaps;
  readonly #ticket: BreakerTicket;
  #held = true;

  /** Takes one of each; the caller has checked all of them in the same turn. */
  constructor(tenant: Tenant, agentCap: Cap | undefined, caps: PoolCaps) {
    this.#tenant = tenant;
    this.#agentCap = agentCap;
    this.#caps = caps;
    tenant.cap.take();
    agentCap?.take();
    caps.poolCap.take();
    this.#ticket = tenant.breaker?.enter() ?? NO_TICKET;
  }

  /** The session has ended: success and failure are evidence, being cancelled is none. */
  end(status: OutcomeStatus): void {
    if (!this.#held) return;
    // Before the caps: whoever waits for them is judged by this evidence.
    if (status === 'cancelled') this.#tenant.breaker?.giveBack(this.#ticket);
    else this.#tenant.breaker?.record(this.#ticket, status === 'failed');
    this.#giveBack();
  }

  /** The session never started. */
  release(): void {
    this.end('cancelled');
  }

  #giveBack(): void {
    this.#held = false;
    this.#tenant.cap.give();
    this.#agentCap?.give();
    this.#caps.poolCap.give();
    this.#caps.freed();
  }
}

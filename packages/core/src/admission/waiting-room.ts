/**
 * Opens that wait for a full pool: each has a deadline and may be called off. Nobody here holds a
 * permit; whoever is next takes all of its permits at once, or stays. Who is next is left to
 * `fair-queue.ts`, who may come in at all to `admission.ts`.
 */
import { TenantryError } from '../errors/errors.js';
import type { Cap } from '../limits/cap.js';
import type { Tenant } from '../tenant/tenant.js';
import type { Clock, Timer } from '../time/clock.js';
import { FairQueue, type FairQueueOptions, type Queued } from './fair-queue.js';
import { CAP_RETRY_AFTER_MS, refusal } from './refusal.js';
import type { SessionPermit } from './session-permit.js';

/** What the door does for those inside. */
export interface Door {
  readonly isOpen: boolean;
  /** Why it may not start any more although it waited, or null. */
  turnedAway(tenant: Tenant): TenantryError | null;
  admit(tenant: Tenant, agentCap: Cap | undefined): SessionPermit;
}

export class WaitingRoom {
  readonly #options: FairQueueOptions;
  readonly #clock: Clock;
  readonly #door: Door;
  readonly #queue = new FairQueue<Waiter>();

  constructor(options: FairQueueOptions, clock: Clock, door: Door) {
    this.#options = options;
    this.#clock = clock;
    this.#door = door;
  }

  /**
   * A permit, as soon as one is free and it is this one's turn.
   * @throws TENANTRY_QUEUE_FULL, and as a rejection TENANTRY_QUEUE_TIMEOUT,
   *   TENANTRY_SESSION_CANCELLED, TENANTRY_POOL_DRAINING, TENANTRY_TENANT_DRAINING,
   *   TENANTRY_TENANT_QUARANTINED, TENANTRY_BREAKER_OPEN
   */
  wait(
    tenant: Tenant,
    agentCap: Cap | undefined,
    signal: AbortSignal | undefined,
  ): Promise<SessionPermit> {
    const { maxWaiting, maxWaitingPerTenant, maxWaitMs } = this.#options;
    if (tenant.waiting.count >= maxWaitingPerTenant)
      throw crowded(tenant, 'tenant', maxWaitingPerTenant);
    if (this.#queue.waitingCount >= maxWaiting) throw crowded(tenant, 'pool', maxWaiting);
    if (signal?.aborted === true) throw calledOff(tenant);
    tenant.bucket?.reserve();
    return new Promise((resolve, reject) => {
      const nowMs = this.#clock.nowMs();
      const waiter = new Waiter(tenant, agentCap, nowMs, nowMs + maxWaitMs, resolve, reject);
      waiter.timer = this.#clock.after(
        maxWaitMs,
        () => this.#refuse(waiter, this.#late(waiter)),
        true,
      );
      if (signal !== undefined) {
        waiter.unfollow = follow(signal, () => this.#refuse(waiter, calledOff(tenant)));
      }
      this.#queue.join(waiter);
      this.#note(tenant);
    });
  }

  /** Lets in whoever can start now. */
  letIn(): void {
    while (this.#door.isOpen && this.#queue.waitingCount > 0) {
      const waiter = this.#queue.next(canStart);
      if (waiter === undefined) return;
      // A timer that is late lets nobody in after the deadline.
      const isLate = this.#clock.nowMs() >= waiter.deadlineMs;
      const error = isLate ? this.#late(waiter) : this.#door.turnedAway(waiter.tenant);
      if (error !== null) {
        this.#refuse(waiter, error);
        continue;
      }
      this.#queue.serve(waiter);
      this.#left(waiter);
      waiter.bucket?.use();
      waiter.resolve(this.#door.admit(waiter.tenant, waiter.agentCap));
    }
  }

  /** Everyone, or all of one tenant. */
  refuse(why: (tenant: Tenant) => TenantryError, of?: Tenant): void {
    for (const waiter of this.#queue.all()) {
      if (of === undefined || waiter.tenant === of) this.#refuse(waiter, why(waiter.tenant));
    }
  }

  #refuse(waiter: Waiter, error: TenantryError): void {
    this.#queue.leave(waiter);
    this.#left(waiter);
    // It started nothing, so it used nothing of its tenant's rate.
    waiter.bucket?.give();
    waiter.reject(error);
  }

  #left(waiter: Waiter): void {
    waiter.timer?.cancel();
    waiter.unfollow?.();
    this.#note(waiter.tenant);
  }

  #note({ id, waiting }: Tenant): void {
    waiting.count = this.#queue.waitingIn(id);
    waiting.oldestSinceMs = this.#queue.oldestSinceMs(id) ?? 0;
  }

  #late({ tenant }: Waiter): TenantryError {
    const { maxWaitMs } = this.#options;
    const why = `the pool stayed full for ${maxWaitMs} ms`;
    return refusal(tenant, 'queue-timeout', why, CAP_RETRY_AFTER_MS, { maxWaitMs });
  }
}

class Waiter implements Queued {
  readonly tenant: Tenant;
  /** That it has a token of; its tenant may have another one by then. */
  readonly bucket: Tenant['bucket'];
  readonly agentCap: Cap | undefined;
  readonly sinceMs: number;
  readonly deadlineMs: number;
  readonly resolve: (permit: SessionPermit) => void;
  readonly reject: (error: TenantryError) => void;
  timer: Timer | undefined;
  unfollow: (() => void) | undefined;

  constructor(
    tenant: Tenant,
    agentCap: Cap | undefined,
    sinceMs: number,
    deadlineMs: number,
    resolve: (permit: SessionPermit) => void,
    reject: (error: TenantryError) => void,
  ) {
    this.tenant = tenant;
    this.bucket = tenant.bucket;
    this.agentCap = agentCap;
    this.sinceMs = sinceMs;
    this.deadlineMs = deadlineMs;
    this.resolve = resolve;
    this.reject = reject;
  }

  get line(): string {
    return this.tenant.id;
  }

  get weight(): number {
    return this.tenant.settings.weight;
  }
}

function canStart({ tenant, agentCap }: Waiter): boolean {
  return !tenant.cap.isFull && agentCap?.isFull !== true;
}

function follow(signal: AbortSignal, aborted: () => void): () => void {
  signal.addEventListener('abort', aborted, { once: true });
  return () => signal.removeEventListener('abort', aborted);
}

function crowded(tenant: Tenant, whose: 'tenant' | 'pool', limit: number): TenantryError {
  const why = `the pool is full and ${limit} opens of the ${whose} wait for it`;
  return refusal(tenant, 'queue-full', why, CAP_RETRY_AFTER_MS, { waiting: limit, limit, whose });
}

/** Its client's own wish, and so no refusal that is counted. */
function calledOff(tenant: Tenant): TenantryError {
  return new TenantryError(
    'TENANTRY_SESSION_CANCELLED',
    `session of tenant "${tenant.id}" was cancelled while it waited for the pool`,
    { tenant: tenant.id },
  );
}

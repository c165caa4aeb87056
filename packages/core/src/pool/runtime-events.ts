/** Where runtime events go: books, metrics, log, black box, observers, confinement, in this order. */
import type { RuntimeEvent } from '../events/runtime-event.js';
import type { Log } from '../log/log.js';
import { maskValue } from '../secrets/mask-value.js';
import type { TenantRegistry } from '../tenant/tenant-registry.js';
import type { Clock } from '../time/clock.js';
import { logEvent } from './event-log.js';
import type { Observers } from './observers.js';

export class RuntimeEvents {
  /** Where incidents are recorded, while the pool runs. */
  incidents: { event(event: RuntimeEvent): void } | undefined;
  /** While the pool runs. */
  confinement: { event(event: RuntimeEvent): void } | undefined;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #observers: Observers;
  readonly #metrics: { event(event: RuntimeEvent): void } | undefined;
  #tenants: TenantRegistry | undefined;

  constructor(
    log: Log,
    clock: Clock,
    observers: Observers,
    metrics?: { event(event: RuntimeEvent): void },
  ) {
    this.#metrics = metrics;
    this.#log = log;
    this.#clock = clock;
    this.#observers = observers;
  }

  /** Tenants tell events themselves, so they are made after this. */
  bookInto(tenants: TenantRegistry): void {
    this.#tenants = tenants;
  }

  /** What happened in tenants' code is told in its own words, of which some may be secrets. */
  readonly emit = (told: RuntimeEvent): void => {
    const event = maskValue(told) as RuntimeEvent;
    this.#book(event);
    this.#metrics?.event(event);
    // A block has been logged in a form of its own.
    if (event.kind !== 'loop.blocked') logEvent(this.#log, event);
    this.incidents?.event(event);
    this.#observers.runtimeEvent(event);
    // Last: what follows from an event is told after it.
    this.confinement?.event(event);
  };

  #book(event: RuntimeEvent): void {
    if (event.kind === 'session.stray-error') {
      const tenant = this.#tenants?.get(event.tenant);
      if (tenant !== undefined) tenant.books.strayErrors += 1;
    }
    if (event.kind === 'isolate.gave-up') {
      const tenant = this.#tenants?.get(event.tenant);
      if (tenant === undefined) return;
      tenant.quarantinedUntilMs = this.#clock.nowMs() + event.quarantinedForMs;
    }
  }
}

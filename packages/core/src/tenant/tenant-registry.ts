/**
 * Finds a tenant or makes it of its settings. Remembers a bounded number: the counts of a tenant that
 * has long been silent move to the books of the forgotten, so totals stay true.
 */
import { isDeepStrictEqual } from 'node:util';
import type { EmitRuntimeEvent } from '../events/runtime-event.js';
import type { Clock } from '../time/clock.js';
import { breakerFact } from './breaker-fact.js';
import { addBooks, emptyBooks, type BookTotals } from './tenant-books.js';
import { TenantConfig, type ConfigRules } from './tenant-config.js';
import { settingsOf, type TenantOptions, type TenantSettings } from './tenant-options.js';
import { Tenant } from './tenant.js';

/** Ten thousand tenants cost a few megabytes and keep a snapshot readable by a program. */
const MOST_TENANTS = 10_000;
/** Looked at for one new tenant: where all are busy, finding that out must not take longer each time. */
const MOST_LOOKED_AT = 32;

export interface TenantRegistryOptions {
  readonly tenants: Readonly<Record<string, TenantOptions>>;
  readonly pool: TenantSettings;
  readonly config: ConfigRules;
  readonly clock: Clock;
  /** Told what the breakers do. */
  readonly emit?: EmitRuntimeEvent;
  readonly mostTenants?: number;
}

export class TenantRegistry {
  #options: TenantRegistryOptions;
  #listed: ReadonlyMap<string, TenantOptions>;
  readonly #tenants = new Map<string, Tenant>();
  readonly forgotten: BookTotals = emptyBooks();

  constructor(options: TenantRegistryOptions) {
    this.#options = options;
    this.#listed = new Map(Object.entries(options.tenants));
    for (const id of this.#listed.keys()) if (id !== 'default') this.get(id);
  }

  /** The tenant of a checked id. */
  get(id: string): Tenant {
    const known = this.#tenants.get(id);
    if (known !== undefined) return known;
    const most = this.#options.mostTenants ?? MOST_TENANTS;
    if (this.#tenants.size >= most) this.#forgetDownTo(most - 1);
    const { clock, emit } = this.#options;
    const settings = this.#settingsOf(id);
    const config = this.#configOf(id, settings);
    const tenant = new Tenant(id, settings, config, clock, (event, isEnforced) =>
      emit?.(breakerFact(id, event, isEnforced)),
    );
    this.#tenants.set(id, tenant);
    return tenant;
  }

  /** Other settings from now on, for those that are known and those to come. */
  reconfigure(options: Pick<TenantRegistryOptions, 'tenants' | 'pool' | 'config'>): void {
    const hasOtherRules = !isDeepStrictEqual(options.config, this.#options.config);
    this.#options = { ...this.#options, ...options };
    this.#listed = new Map(Object.entries(options.tenants));
    for (const tenant of this.#tenants.values()) {
      const settings = this.#settingsOf(tenant.id);
      const isOther = hasOtherRules || !isDeepStrictEqual(settings.config, tenant.settings.config);
      // What was fetched is good for its time, unless it would now come from elsewhere.
      const config = isOther ? this.#configOf(tenant.id, settings) : tenant.config;
      tenant.reconfigure(settings, config);
    }
    for (const id of this.#listed.keys()) if (id !== 'default') this.get(id);
  }

  #settingsOf(id: string): TenantSettings {
    const { pool } = this.#options;
    const own = this.#listed.get(id) ?? this.#listed.get('default');
    return own === undefined ? pool : settingsOf(own, pool);
  }

  #configOf(id: string, settings: TenantSettings): TenantConfig {
    const { config, clock } = this.#options;
    return new TenantConfig(id, settings.config, config, clock);
  }

  get count(): number {
    return this.#tenants.size;
  }

  /** One that is listed or has been seen; none is made. */
  find(id: string): Tenant | undefined {
    return this.#tenants.get(id);
  }

  all(): IterableIterator<Tenant> {
    return this.#tenants.values();
  }

  /** More than one where many were busy for a while. */
  #forgetDownTo(count: number): void {
    let lookedAtCount = 0;
    for (const [id, tenant] of this.#tenants) {
      if (this.#tenants.size <= count || (lookedAtCount += 1) > MOST_LOOKED_AT) return;
      const busy =
        tenant.cap.heldCount > 0 ||
        tenant.waiting.count > 0 ||
        tenant.quarantinedUntilMs > 0 ||
        tenant.drains > 0 ||
        tenant.isCappedByHand ||
        // For as long as its cooldown lasts: what is forgotten would be closed when it comes back.
        tenant.breaker?.state === 'open';
      if (busy || this.#listed.has(id)) {
        // To the back: the next search begins behind it.
        this.#tenants.delete(id);
        this.#tenants.set(id, tenant);
        continue;
      }
      addBooks(this.forgotten, tenant.books);
      this.#tenants.delete(id);
    }
  }
}

/**
 * One tenant: its settings, cap, rate limit, breaker, config, books. What they decide is left to
 * admission.
 */
import { Breaker, type BreakerListener } from '../breaker/breaker.js';
import { Cap } from '../limits/cap.js';
import { TokenBucket } from '../limits/token-bucket.js';
import type { Clock } from '../time/clock.js';
import { rungOf, type Rung } from '../vocabulary/rung.js';
import { emptyBooks, type BookTotals } from './tenant-books.js';
import type { TenantConfig } from './tenant-config.js';
import type { TenantSettings } from './tenant-options.js';

export class Tenant {
  readonly id: string;
  readonly settings: TenantSettings;
  readonly config: TenantConfig;
  readonly cap: Cap;
  readonly bucket: TokenBucket | undefined;
  readonly breaker: Breaker | undefined;
  readonly books: BookTotals = emptyBooks();
  /** Opens that wait for the full pool, and since when the oldest of them does. */
  readonly waiting = { count: 0, oldestSinceMs: 0 };
  /** Monotonic time until which the tenant is quarantined. */
  quarantinedUntilMs = 0;

  constructor(
    id: string,
    settings: TenantSettings,
    config: TenantConfig,
    clock: Clock,
    onBreaker: BreakerListener,
  ) {
    this.id = id;
    this.settings = settings;
    this.config = config;
    this.cap = new Cap(settings.maxSessions);
    this.bucket =
      settings.rateLimit === null ? undefined : new TokenBucket(settings.rateLimit, clock);
    this.breaker =
      settings.breaker === null ? undefined : new Breaker(settings.breaker, clock, onBreaker);
  }

  /** The rung its sessions are placed on while it is not quarantined. */
  get placedRung(): Rung {
    return rungOf(this.settings.isolation, this.settings.isolate);
  }

  quarantinedForMs(nowMs: number): number | null {
    const leftMs = this.quarantinedUntilMs - nowMs;
    return leftMs > 0 ? leftMs : null;
  }
}

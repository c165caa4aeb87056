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
import { ladderBounds, type LadderBounds } from './tenant-escalation.js';
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
  readonly ladder: LadderBounds;
  /** Opens that wait for the full pool, and since when the oldest of them does. */
  readonly waiting = { count: 0, oldestSinceMs: 0 };
  /** Monotonic time until which the tenant is quarantined. */
  quarantinedUntilMs = 0;
  /** Drains of this tenant under way; none of its sessions starts meanwhile. */
  drains = 0;
  readonly #moved = new Map<Rung, TenantSettings>();

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
    this.ladder = ladderBounds(settings);
    this.bucket =
      settings.rateLimit === null ? undefined : new TokenBucket(settings.rateLimit, clock);
    this.breaker =
      settings.breaker === null ? undefined : new Breaker(settings.breaker, clock, onBreaker);
  }

  /**
   * Its settings for a session on `rung`; `memoryLimitMb` holds for isolates that it was moved into
   * and has set no limit for.
   */
  settingsOn(rung: Rung, memoryLimitMb: number): TenantSettings {
    if (rung === this.placedRung || rung === 'quarantined') return this.settings;
    const known = this.#moved.get(rung);
    if (known !== undefined) return known;
    const settings: TenantSettings = {
      ...this.settings,
      isolation: rung === 'coroutine' ? 'coroutine' : 'process',
      isolate: rung === 'thread' ? 'worker_threads' : 'child_process',
      memoryLimitMb: this.settings.memoryLimitMb ?? memoryLimitMb,
    };
    this.#moved.set(rung, settings);
    return settings;
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

/**
 * One tenant: its settings, cap, rate limit, breaker, config, books. What they decide is left to
 * admission.
 */
import { isDeepStrictEqual } from 'node:util';
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
  readonly cap: Cap;
  readonly books: BookTotals = emptyBooks();
  /** Opens that wait for the full pool, and since when the oldest of them does. */
  readonly waiting = { count: 0, oldestSinceMs: 0 };
  /** Monotonic time until which the tenant is quarantined. */
  quarantinedUntilMs = 0;
  /** Drains of this tenant under way; none of its sessions starts meanwhile. */
  drains = 0;
  /** Those and all that are over: who asked before one of them is not to start after it. */
  drainsBegun = 0;
  readonly #moved = new Map<Rung, TenantSettings>();
  readonly #clock: Clock;
  readonly #onBreaker: BreakerListener;
  #settings: TenantSettings;
  #config: TenantConfig;
  #bucket: TokenBucket | undefined;
  #breaker: Breaker | undefined;
  #ladder: LadderBounds;

  constructor(
    id: string,
    settings: TenantSettings,
    config: TenantConfig,
    clock: Clock,
    onBreaker: BreakerListener,
  ) {
    this.id = id;
    this.#clock = clock;
    this.#onBreaker = onBreaker;
    this.#settings = settings;
    this.#config = config;
    this.cap = new Cap(settings.maxSessions);
    this.#ladder = ladderBounds(settings);
    this.#bucket = this.#newBucket();
    this.#breaker = this.#newBreaker();
  }

  get settings(): TenantSettings {
    return this.#settings;
  }

  get config(): TenantConfig {
    return this.#config;
  }

  get bucket(): TokenBucket | undefined {
    return this.#bucket;
  }

  get breaker(): Breaker | undefined {
    return this.#breaker;
  }

  get ladder(): LadderBounds {
    return this.#ladder;
  }

  /** Whether a person has set its cap. */
  get isCappedByHand(): boolean {
    return this.cap.maxCount !== this.#settings.maxSessions;
  }

  /**
   * Other settings for its sessions from now on; those that run keep theirs. A cap that a person has
   * set stays, and so does the state of its breaker.
   */
  reconfigure(settings: TenantSettings, config: TenantConfig): void {
    const before = this.#settings;
    if (!this.isCappedByHand) this.cap.maxCount = settings.maxSessions;
    this.#settings = settings;
    this.#config = config;
    this.#ladder = ladderBounds(settings);
    this.#moved.clear();
    if (!isDeepStrictEqual(before.rateLimit, settings.rateLimit)) {
      // Whoever waits has a token of the bucket reserved, and gives it back to the same one.
      if (settings.rateLimit === null || this.#bucket === undefined)
        this.#bucket = this.#newBucket();
      else this.#bucket.reconfigure(settings.rateLimit);
    }
    if (isDeepStrictEqual(before.breaker, settings.breaker)) return;
    if (settings.breaker === null || this.#breaker === undefined)
      this.#breaker = this.#newBreaker();
    else this.#breaker.reconfigure(settings.breaker);
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

  #newBucket(): TokenBucket | undefined {
    const { rateLimit } = this.#settings;
    return rateLimit === null ? undefined : new TokenBucket(rateLimit, this.#clock);
  }

  #newBreaker(): Breaker | undefined {
    const { breaker } = this.#settings;
    return breaker === null ? undefined : new Breaker(breaker, this.#clock, this.#onBreaker);
  }
}

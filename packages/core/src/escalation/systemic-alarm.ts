/**
 * Tells whether sessions fail everywhere at once: then something that all tenants depend on is broken,
 * and moving tenants about for it would not help. Only the latest end of each tenant counts, so one tenant
 * that fails often is one failure. What an end says is in one table; what is held back meanwhile is
 * left to the escalation.
 *
 *   quiet ── so many tenants fail, and half of them ──► raised
 *     ▲──────────── less than a quarter fail ─────────────┘
 */
import type { Clock } from '../time/clock.js';
import type { EndReason } from '../vocabulary/end-reason.js';

/**
 * What an end says of the things that all tenants depend on. A limit that is reached is the tenant's
 * own, and an isolate that gives no sign of life is held by the tenant's own code.
 */
const SAYS: Readonly<Record<EndReason, 'well' | 'broken' | 'nothing'>> = {
  completed: 'well',
  failed: 'broken',
  'isolate-crashed': 'broken',
  cancelled: 'nothing',
  'timed-out': 'nothing',
  idle: 'nothing',
  'cpu-limit': 'nothing',
  'memory-limit': 'nothing',
  'isolate-unresponsive': 'nothing',
  drained: 'nothing',
  shutdown: 'nothing',
};

const WINDOW_MS = 60_000;
/** Share of failing tenants, of those with an end in the window, from which it is raised. */
const RAISE_RATIO = 0.5;
/** Below this it is cleared; between the two it stays as it is, so that it does not flap. */
const CLEAR_RATIO = 0.25;
/** As many as the pool remembers tenants. */
const MOST_TENANTS = 10_000;
const MOST_NAMED = 20;
/** How late the time of a tenant's latest end may be, of a window of a minute. */
const SAME_FOR_MS = 1_000;

export interface AlarmChange {
  readonly isRaised: boolean;
  /** Tenants whose latest end within the window was a failure, and all with an end. */
  readonly failingCount: number;
  readonly tenantCount: number;
  /** Of the failing ones, the latest last, at most 20. */
  readonly failing: readonly string[];
}

/** PORT: told when the alarm is raised and when it is cleared. */
export interface AlarmListener {
  alarmChanged(change: AlarmChange): void;
}

export interface SystemicAlarmParts {
  /** The pool's `consecutiveFailureLimit`: so many tenants. */
  readonly limit: number;
  readonly clock: Clock;
  readonly listener: AlarmListener;
  readonly windowMs?: number;
}

interface LatestEnd {
  readonly atMs: number;
  readonly isFailure: boolean;
}

export class SystemicAlarm {
  readonly #parts: SystemicAlarmParts;
  readonly #windowMs: number;
  /** In the order of their latest ends: what leaves the window stands in front. */
  readonly #latest = new Map<string, LatestEnd>();
  #failingCount = 0;
  #isRaised = false;

  constructor(parts: SystemicAlarmParts) {
    this.#parts = parts;
    this.#windowMs = parts.windowMs ?? WINDOW_MS;
  }

  get isRaised(): boolean {
    return this.#isRaised;
  }

  /** A session has ended. */
  ended(tenant: string, reason: EndReason): void {
    const says = SAYS[reason];
    if (says === 'nothing') return;
    const nowMs = this.#parts.clock.nowMs();
    const isFailure = says === 'broken';
    const known = this.#latest.get(tenant);
    // Most ends say again what the one before said; taking note of each would cost every session.
    if (known?.isFailure === isFailure && nowMs - known.atMs < SAME_FOR_MS) return;
    this.#remove(tenant);
    if (this.#latest.size >= MOST_TENANTS) this.#removeOldest();
    this.#latest.set(tenant, { atMs: nowMs, isFailure });
    if (isFailure) this.#failingCount += 1;
    this.tick();
  }

  /** Lets old ends go; called now and then where no session ends. */
  tick(): void {
    const sinceMs = this.#parts.clock.nowMs() - this.#windowMs;
    for (const [tenant, { atMs }] of this.#latest) {
      if (atMs > sinceMs) break;
      this.#remove(tenant);
    }
    const failing = this.#failingCount;
    const all = this.#latest.size;
    if (this.#isRaised) {
      if (all === 0 || failing / all < CLEAR_RATIO) this.#change(false);
    } else if (failing >= this.#parts.limit && failing / all >= RAISE_RATIO) {
      this.#change(true);
    }
  }

  #change(isRaised: boolean): void {
    this.#isRaised = isRaised;
    const failing = [...this.#latest].filter(([, { isFailure }]) => isFailure);
    this.#parts.listener.alarmChanged({
      isRaised,
      failingCount: this.#failingCount,
      tenantCount: this.#latest.size,
      failing: failing.slice(-MOST_NAMED).map(([tenant]) => tenant),
    });
  }

  #remove(tenant: string): void {
    if (this.#latest.get(tenant)?.isFailure === true) this.#failingCount -= 1;
    this.#latest.delete(tenant);
  }

  #removeOldest(): void {
    for (const tenant of this.#latest.keys()) return this.#remove(tenant);
  }
}

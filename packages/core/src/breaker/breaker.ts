/**
 * One tenant's circuit breaker: refuses its new sessions while its sessions keep failing, and lets one
 * at a time probe whether that is over. Evidence is how sessions ended that began while it was closed;
 * when that is enough, a `TripRule` says. The states are those of M. Nygard, "Release It!", 2nd ed.,
 * ch. 5; the growing cooldown that shrinks again with health is Envoy's outlier ejection.
 */
import { TenantryError } from '../errors/errors.js';
import type { BreakerFigure, BreakerState } from '../snapshot/report.js';
import type { Clock } from '../time/clock.js';
import { ConsecutiveRule } from './consecutive-rule.js';
import type { BreakerSettings } from './breaker-options.js';
import { step } from './breaker-state.js';
import { RatioRule } from './ratio-rule.js';
import { remainingAfter, type SavedBreaker } from './saved-breaker.js';
import type { Evidence, TripRule } from './trip-rule.js';

/** What a listener is told, after the fact. */
export type BreakerEvent =
  | ({ readonly kind: 'opened'; readonly cooldownMs: number; readonly byHand: boolean } & Evidence)
  | { readonly kind: 'half-open' }
  | { readonly kind: 'closed' };

export type BreakerListener = (event: BreakerEvent, isEnforced: boolean) => void;

/** Names a session's part in the evidence: the closed spell it began in, or its probe. */
export type BreakerTicket = number;

/** The ticket of a session whose end is no evidence. */
export const NO_TICKET: BreakerTicket = 0;

const NOTHING: Evidence = { failures: 0, samples: 0 };
/** A probe may end at any moment; a second is polite and soon enough. */
const PROBE_RETRY_AFTER_MS = 1_000;
const LONGEST_TRIP_MS = 30 * 24 * 3_600_000;

export class Breaker {
  #settings: BreakerSettings;
  readonly #clock: Clock;
  readonly #tell: BreakerListener;
  #rules: readonly TripRule[];
  #state: BreakerState = 'closed';
  #trips = 0;
  /** Steps by which the cooldown has grown, as of `#grownMs`. */
  #growth = 0;
  #grownMs: number;
  /** Tickets only rise: what began before `#firstTicket` is evidence of nothing any more. */
  #lastTicket: BreakerTicket = 1;
  #firstTicket: BreakerTicket = 1;
  /** While open: when the cooldown is over. While half-open: when the probe counts as hung. */
  #untilMs = 0;
  #probe: BreakerTicket = NO_TICKET;
  #openedFor: Evidence = NOTHING;
  #isByHand = false;

  /** The first of `rules` is the one whose counts are shown. */
  constructor(
    settings: BreakerSettings,
    clock: Clock,
    tell: BreakerListener = () => {},
    rules: readonly TripRule[] = usualRules(settings),
  ) {
    this.#settings = settings;
    this.#clock = clock;
    this.#tell = tell;
    this.#rules = rules;
    this.#grownMs = clock.nowMs();
  }

  /** Other settings from now on: its state stays, its window begins anew. */
  reconfigure(settings: BreakerSettings): void {
    this.#settings = settings;
    this.#rules = usualRules(settings);
  }

  /** As of now: a cooldown that is over, or a probe that hangs, is judged when somebody looks. */
  get state(): BreakerState {
    if (this.#state !== 'closed') this.#judge(this.#clock.nowMs());
    return this.#state;
  }

  /** How long a new session should wait before it is tried again, in ms; null: it may start. */
  refusedForMs(): number | null {
    if (this.#state === 'closed' || !this.#isEnforced) return null;
    const nowMs = this.#clock.nowMs();
    this.#judge(nowMs);
    if (this.#state === 'open') return this.#untilMs - nowMs;
    if (this.#probe === NO_TICKET) return null;
    return Math.min(this.#untilMs - nowMs, PROBE_RETRY_AFTER_MS);
  }

  /** A session starts, in the same turn in which `refusedForMs` was null. */
  enter(): BreakerTicket {
    if (this.#state === 'closed') return this.#lastTicket;
    const nowMs = this.#clock.nowMs();
    this.#judge(nowMs);
    // Only one that does not enforce lets a session in here that is no probe.
    if (this.#state !== 'half-open' || this.#probe !== NO_TICKET) return NO_TICKET;
    this.#probe = this.#lastTicket += 1;
    this.#untilMs = nowMs + this.#settings.probeTimeoutMs;
    return this.#probe;
  }

  /** A session with this ticket has succeeded or failed. */
  record(ticket: BreakerTicket, hasFailed: boolean): void {
    if (ticket < this.#firstTicket) return;
    const nowMs = this.#clock.nowMs();
    if (this.#state === 'closed') {
      const evidence = this.#evidenceWith(hasFailed, nowMs);
      if (evidence !== undefined) this.#openAnew(nowMs, evidence, this.#settledCooldownMs(nowMs));
      return;
    }
    this.#judge(nowMs);
    // Also a probe that has counted as hung: it has ended well after all.
    if (!hasFailed) this.#close(nowMs);
    else if (ticket === this.#probe) this.#probeFailed(nowMs);
  }

  /** A session with this ticket ended without a verdict: cancelled, or never started. */
  giveBack(ticket: BreakerTicket): void {
    if (this.#state === 'closed' || ticket === NO_TICKET) return;
    this.#judge(this.#clock.nowMs());
    if (ticket === this.#probe) this.#probe = NO_TICKET;
  }

  /**
   * Opens by hand for `forMs`, by default for the cooldown; probes follow as usual.
   * @throws TENANTRY_OPTIONS_INVALID unless it is more than 0 and at most 30 days
   */
  trip(forMs?: number): void {
    if (forMs !== undefined && !(forMs > 0 && forMs <= LONGEST_TRIP_MS)) {
      throw new TenantryError(
        'TENANTRY_OPTIONS_INVALID',
        `trip: expected more than 0 and at most ${LONGEST_TRIP_MS} ms, received ${forMs}`,
      );
    }
    const nowMs = this.#clock.nowMs();
    const evidence = this.#shownEvidence(nowMs);
    this.#isByHand = true;
    this.#openAnew(nowMs, evidence, forMs ?? this.#settledCooldownMs(nowMs), true);
  }

  /** Closes by hand, with an empty window and the cooldown it began with. */
  reset(): void {
    const wasClosed = this.#state === 'closed';
    this.#growth = 0;
    this.#close(this.#clock.nowMs(), !wasClosed);
  }

  figure(): BreakerFigure {
    const nowMs = this.#clock.nowMs();
    this.#judge(nowMs);
    const { failures, samples } = this.#shownEvidence(nowMs);
    return {
      state: this.#state,
      enforced: this.#isEnforced,
      trips: this.#trips,
      failures,
      samples,
      cooldownMs: this.#settledCooldownMs(nowMs),
      nextProbeInMs: this.#state === 'open' ? this.#untilMs - nowMs : null,
    };
  }

  save(epochMs: number): SavedBreaker {
    const { state, trips, failures, samples, nextProbeInMs } = this.figure();
    const growth = this.#growth;
    const remainingMs = nextProbeInMs ?? 0;
    const byHand = this.#isByHand;
    return { state, trips, growth, failures, samples, byHand, remainingMs, savedAtMs: epochMs };
  }

  /**
   * Takes up a saved state where that left off; the time since counts towards its cooldown, which is
   * never longer than the settings of today allow, unless a person has tripped it. A window is not
   * restored, and a probe that ran is lost: the next session probes.
   */
  restore(saved: SavedBreaker, epochMs: number): void {
    const nowMs = this.#clock.nowMs();
    this.#voidTickets();
    this.#clearRules();
    this.#trips = saved.trips;
    this.#growth = saved.growth;
    this.#grownMs = nowMs;
    this.#state = saved.state === 'closed' ? 'closed' : 'open';
    this.#isByHand = saved.byHand;
    this.#probe = NO_TICKET;
    this.#openedFor = { failures: saved.failures, samples: saved.samples };
    const mostMs = saved.byHand ? LONGEST_TRIP_MS : this.#settings.maxCooldownMs;
    this.#untilMs = nowMs + Math.min(mostMs, remainingAfter(saved, epochMs));
  }

  /** Both steps may be due: a probe that hung, and the cooldown that followed. */
  #judge(nowMs: number): void {
    if (this.#state === 'half-open' && this.#probe !== NO_TICKET && nowMs >= this.#untilMs) {
      this.#probeFailed(this.#untilMs);
    }
    if (this.#state !== 'open' || nowMs < this.#untilMs) return;
    this.#state = step(this.#state, 'half-open');
    this.#probe = NO_TICKET;
    this.#tell({ kind: 'half-open' }, this.#isEnforced);
  }

  #probeFailed(atMs: number): void {
    // At the maximum it grows no further, so that it shrinks from there.
    if (this.#cooldownMs < this.#settings.maxCooldownMs) this.#growth += 1;
    this.#open(atMs, { failures: 1, samples: 1 }, this.#cooldownMs, false);
  }

  /** Unlike after a failed probe, what has begun before is no evidence any more. */
  #openAnew(nowMs: number, evidence: Evidence, cooldownMs: number, byHand = false): void {
    this.#voidTickets();
    this.#clearRules();
    this.#open(nowMs, evidence, cooldownMs, byHand);
  }

  #open(atMs: number, evidence: Evidence, cooldownMs: number, byHand: boolean): void {
    this.#state = step(this.#state, 'open');
    this.#trips += 1;
    this.#probe = NO_TICKET;
    this.#openedFor = evidence;
    this.#untilMs = atMs + cooldownMs;
    this.#tell({ kind: 'opened', ...evidence, cooldownMs, byHand }, this.#isEnforced);
  }

  #close(nowMs: number, isNews = true): void {
    this.#state = step(this.#state, 'closed');
    this.#voidTickets();
    this.#clearRules();
    this.#probe = NO_TICKET;
    this.#grownMs = nowMs;
    if (isNews) this.#tell({ kind: 'closed' }, this.#isEnforced);
    this.#isByHand = false;
  }

  #voidTickets(): void {
    this.#firstTicket = this.#lastTicket += 1;
  }

  #clearRules(): void {
    for (const rule of this.#rules) rule.clear();
  }

  #evidenceWith(hasFailed: boolean, nowMs: number): Evidence | undefined {
    let evidence: Evidence | undefined;
    for (const rule of this.#rules) {
      const own = rule.record(hasFailed, nowMs);
      evidence ??= own;
    }
    return evidence;
  }

  /** What counts now while closed, what it opened for otherwise. */
  #shownEvidence(nowMs: number): Evidence {
    return this.#state === 'closed' ? this.#rules[0]!.evidence(nowMs) : this.#openedFor;
  }

  /** What a person trips holds, also where the breaker else only observes. */
  get #isEnforced(): boolean {
    return this.#settings.enforce || this.#isByHand;
  }

  get #cooldownMs(): number {
    const { cooldownMs, cooldownFactor, maxCooldownMs } = this.#settings;
    return Math.min(maxCooldownMs, cooldownMs * cooldownFactor ** this.#growth);
  }

  /** The cooldown of the next opening: while closed, each `windowMs` takes one step of growth back. */
  #settledCooldownMs(nowMs: number): number {
    if (this.#state === 'closed' && this.#growth > 0) {
      const { windowMs } = this.#settings;
      const steps = Math.floor((nowMs - this.#grownMs) / windowMs);
      this.#growth = Math.max(0, this.#growth - steps);
      this.#grownMs += steps * windowMs;
    }
    return this.#cooldownMs;
  }
}

function usualRules(settings: BreakerSettings): TripRule[] {
  return [new RatioRule(settings), new ConsecutiveRule(settings)];
}

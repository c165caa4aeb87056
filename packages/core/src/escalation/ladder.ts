/**
 * Where one tenant stands on the ladder, and the allowed steps between its states.
 *
 *            climb                        time served
 *   free ───────────► confined ─────────────────────────► probation
 *    ▲                 │ ▲ ▲ │ one rung up                 │ │ │
 *    │ release by hand │ │ │ └──┘                          │ │ │
 *    ├─────────────────┘ │ └─── relapse, at once ──────────┘ │ │
 *    │                   └───── clean: one rung lower ───────┘ │
 *    └───────────────────────── clean, and that is the floor ──┘
 *
 *   any ── pin ──► pinned ── unpin ──► where it began
 *
 * The time to serve grows with each confinement and shrinks while the tenant is free and clean, as
 * Envoy ejects hosts: base time x ejections in a row, capped, one less for each healthy period
 * (https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/outlier). Whether and
 * where to a tenant moves is left to the escalation; time is handed in.
 */
import { TenantryError } from '../errors/errors.js';
import type { LadderBounds } from '../tenant/tenant-escalation.js';
import { compareRungs, rungBelow, type Rung } from '../vocabulary/rung.js';
import type { EscalationOptions } from './escalation-options.js';

export const LADDER_STATES = ['free', 'confined', 'probation', 'pinned'] as const;
export type LadderState = (typeof LADDER_STATES)[number];

const NEXT: Readonly<Record<LadderState, readonly LadderState[]>> = {
  free: ['free', 'confined', 'pinned'],
  confined: ['confined', 'probation', 'free', 'pinned'],
  probation: ['confined', 'free', 'pinned'],
  pinned: ['free', 'confined', 'pinned'],
};

export type LadderRules = Pick<
  EscalationOptions,
  'enforce' | 'confinementMs' | 'maxConfinementMs' | 'probationMs' | 'healthyMs'
>;

/** What time alone has done to a tenant. */
export interface DueStep {
  readonly kind: 'probation' | 'stepped-down' | 'released';
  readonly from: Rung;
  readonly to: Rung;
  readonly forMs: number | null;
}

/** A place on the ladder as it can be kept. */
export interface LadderPosition {
  readonly state: LadderState;
  readonly rung: Rung;
  readonly isByHand: boolean;
  /** Null where no time is running. */
  readonly leftMs: number | null;
  /** Confinements in a row. */
  readonly confinements: number;
  /** Without an offence for so long. */
  readonly cleanMs: number;
}

export class Ladder {
  #bounds: LadderBounds;
  readonly #rules: LadderRules;
  #state: LadderState = 'free';
  #rung: Rung;
  #isByHand = false;
  #untilMs: number | null = null;
  #sinceMs: number;
  /** In a row; the first is no relapse. */
  #confinements = 0;
  /** Of the last offence, or of the last healthy period that was made use of. */
  #cleanSinceMs: number;

  constructor(bounds: LadderBounds, rules: LadderRules, nowMs: number) {
    this.#bounds = bounds;
    this.#rules = rules;
    this.#rung = bounds.start;
    this.#sinceMs = nowMs;
    this.#cleanSinceMs = nowMs;
    if (bounds.pin !== null) this.#enter('pinned', bounds.pin, null, nowMs);
    else this.#begin(nowMs);
  }

  get bounds(): LadderBounds {
    return this.#bounds;
  }

  get state(): LadderState {
    return this.#state;
  }

  /** Where its new sessions go, the canaries of a probation excepted. */
  get rung(): Rung {
    return this.#rung;
  }

  /** Where the canaries go; null without a probation. */
  get canaryRung(): Rung | null {
    return this.#state === 'probation' ? rungBelow(this.#rung) : null;
  }

  /** Held by a person: no time runs. */
  get isByHand(): boolean {
    return this.#isByHand;
  }

  get sinceMs(): number {
    return this.#sinceMs;
  }

  /** Moved up by the runtime: counts in the share of tenants that may be. */
  get isEjected(): boolean {
    return (
      !this.#isByHand &&
      (this.#state === 'confined' || this.#state === 'probation') &&
      compareRungs(this.#rung, this.#bounds.start) > 0
    );
  }

  leftMs(nowMs: number): number | null {
    return this.#untilMs === null ? null : Math.max(0, this.#untilMs - nowMs);
  }

  relapsesAt(nowMs: number): number {
    return Math.max(0, this.#confinementsAt(nowMs) - 1);
  }

  /** An offence that counts: the healthy period begins anew. */
  offended(nowMs: number): void {
    this.#confinements = this.#confinementsAt(nowMs);
    this.#cleanSinceMs = nowMs;
  }

  /** Up to `to`, by policy. One that a person has confined stays confined without time. */
  climb(to: Rung, nowMs: number): void {
    if (this.#state === 'free') this.#confineAgain(nowMs);
    this.#enter('confined', to, this.#isByHand ? null : this.#timeToServeMs(), nowMs);
  }

  /** Back up from a probation, for longer than before. */
  relapse(to: Rung, nowMs: number): void {
    this.#confineAgain(nowMs);
    this.#enter('confined', to, this.#timeToServeMs(), nowMs);
  }

  /** Takes the step whose time has come, if there is one. Later steps wait for their own time. */
  advance(nowMs: number): DueStep | null {
    if (this.#untilMs === null || nowMs < this.#untilMs) return null;
    const from = this.#rung;
    const below = rungBelow(from);
    if (this.#state === 'confined') {
      this.#enter('probation', from, this.#rules.probationMs, nowMs);
      return { kind: 'probation', from, to: below, forMs: this.#rules.probationMs };
    }
    if (compareRungs(below, this.#bounds.floor) > 0) {
      this.#enter('confined', below, this.#timeToServeMs(), nowMs);
      return { kind: 'stepped-down', from, to: below, forMs: this.#timeToServeMs() };
    }
    this.#enter('free', this.#bounds.floor, null, nowMs);
    return { kind: 'released', from, to: this.#rung, forMs: null };
  }

  /** By hand: confined on `rung` until it is released. */
  isolate(rung: Rung, nowMs: number): void {
    this.#enter('confined', rung, null, nowMs);
    this.#isByHand = true;
  }

  /** By hand: to the floor at once, with a clean sheet. */
  release(nowMs: number): void {
    this.#confinements = 0;
    this.#enter('free', this.#bounds.floor, null, nowMs);
  }

  /** By hand: on `rung` until it is unpinned. */
  pin(rung: Rung, nowMs: number): void {
    this.#enter('pinned', rung, null, nowMs);
  }

  /** By hand: back to where it began. */
  unpin(nowMs: number): void {
    this.#begin(nowMs);
  }

  positionAt(nowMs: number): LadderPosition {
    return {
      state: this.#state,
      rung: this.#rung,
      isByHand: this.#isByHand,
      leftMs: this.leftMs(nowMs),
      confinements: this.#confinements,
      cleanMs: Math.max(0, nowMs - this.#cleanSinceMs),
    };
  }

  /**
   * Takes a kept place, within the bounds of today; an option's pin wins over it. Time that passed
   * between does not count as served: nobody saw the tenant behave.
   */
  resume(kept: LadderPosition, sinceMs: number, nowMs: number): void {
    this.#confinements = kept.confinements;
    if (this.#bounds.pin !== null) return;
    const rung = this.#within(kept.rung);
    if (kept.state === 'pinned') this.#enter('pinned', rung, null, nowMs);
    else if (kept.state === 'free' || compareRungs(rung, this.#bounds.floor) <= 0) {
      const { start, floor } = this.#bounds;
      this.#enter('free', this.#rules.enforce ? floor : start, null, nowMs);
    } else {
      const { maxConfinementMs, probationMs } = this.#rules;
      const longestMs = kept.state === 'confined' ? maxConfinementMs : probationMs;
      const leftMs = kept.isByHand ? null : Math.min(kept.leftMs ?? longestMs, longestMs);
      if (this.#state === 'free') this.#enter('confined', rung, leftMs, nowMs);
      this.#enter(kept.state, rung, leftMs, nowMs);
      this.#isByHand = kept.isByHand;
    }
    this.#sinceMs = sinceMs;
    this.#cleanSinceMs = nowMs - kept.cleanMs;
  }

  /**
   * Takes other bounds, and is put inside of them. What a person has done holds as far as they allow;
   * where nothing is enforced, nobody but a person confines.
   */
  rebound(bounds: LadderBounds, nowMs: number): void {
    const before = this.#bounds;
    this.#bounds = bounds;
    if (bounds.pin !== null) {
      if (this.#state !== 'pinned' || this.#rung !== bounds.pin) {
        this.#enter('pinned', bounds.pin, null, nowMs);
      }
      return;
    }
    if (this.#state === 'free') return this.#begin(nowMs);
    if (this.#state === 'pinned' && before.pin !== null) return this.#begin(nowMs);
    if (this.#state !== 'pinned' && !this.#isByHand && !this.#rules.enforce) {
      return this.#enter('free', bounds.start, null, nowMs);
    }
    const rung = this.#within(this.#rung);
    if (rung === this.#rung && compareRungs(rung, bounds.floor) > 0) return;
    const isByHand = this.#isByHand;
    if (this.#state === 'pinned') this.#enter('pinned', rung, null, nowMs);
    else if (compareRungs(rung, bounds.floor) <= 0) this.#enter('free', bounds.floor, null, nowMs);
    else {
      this.#enter('confined', rung, isByHand ? null : this.#timeToServeMs(), nowMs);
      this.#isByHand = isByHand;
    }
  }

  #within(rung: Rung): Rung {
    const { floor, ceiling } = this.#bounds;
    if (compareRungs(rung, floor) < 0) return floor;
    return compareRungs(rung, ceiling) > 0 ? ceiling : rung;
  }

  /** One that begins above its floor works its way down from there; observing moves nobody. */
  #begin(nowMs: number): void {
    const { start, floor } = this.#bounds;
    if (start === floor || !this.#rules.enforce) this.#enter('free', start, null, nowMs);
    else this.#enter('confined', start, this.#timeToServeMs(), nowMs);
  }

  #confineAgain(nowMs: number): void {
    this.#confinements = this.#confinementsAt(nowMs) + 1;
    this.#cleanSinceMs = nowMs;
  }

  /** Only who is free can show that it behaves; time in confinement is no merit. */
  #confinementsAt(nowMs: number): number {
    if (this.#state !== 'free') return this.#confinements;
    const cleanMs = Math.max(0, nowMs - this.#cleanSinceMs);
    const periods = Math.floor(cleanMs / this.#rules.healthyMs);
    return Math.max(0, this.#confinements - periods);
  }

  #timeToServeMs(): number {
    const { confinementMs, maxConfinementMs } = this.#rules;
    return Math.min(maxConfinementMs, confinementMs * Math.max(1, this.#confinements));
  }

  #enter(state: LadderState, rung: Rung, forMs: number | null, nowMs: number): void {
    if (!NEXT[this.#state].includes(state)) {
      throw new TenantryError(
        'TENANTRY_INTERNAL',
        `a tenant cannot go from ${this.#state} to ${state}`,
      );
    }
    this.#state = state;
    this.#rung = rung;
    this.#untilMs = forMs === null ? null : nowMs + forMs;
    this.#sinceMs = nowMs;
    if (state !== 'confined') this.#isByHand = false;
    if (state === 'free') this.#cleanSinceMs = nowMs;
  }
}

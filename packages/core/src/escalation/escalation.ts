/**
 * Decides for all tenants who is moved, and where to: takes offences, keeps ledgers and ladders, and
 * answers on which rung a new session starts. It has no timers and moves nothing itself; who opens
 * sessions asks `rungFor`, and running sessions are left to the listener.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../time/clock.js';
import type { Actor } from '../vocabulary/actor.js';
import { compareRungs, rungAbove, type Rung } from '../vocabulary/rung.js';
import { chargeOf, type Charge } from './charge.js';
import type {
  Decision,
  DecisionKind,
  EscalationListener,
  EscalationState,
  EscalationWorld,
  HeldBy,
} from './decision.js';
import { DecisionDesk, type Told, type Watched } from './decision-desk.js';
import type { EscalationOptions } from './escalation-options.js';
import { Gate, moveRefusal, targetOf, type MoveRefusal } from './gate.js';
import { Ladder, type DueStep } from './ladder.js';
import { OffenceLedger } from './offence-ledger.js';
import { canBeSystemic, isMemory, pointsOf, type Offence } from './offence.js';
import { SavedEscalation, fromSaved, toSaved } from './saved-escalation.js';

export interface EscalationParts {
  readonly options: EscalationOptions;
  readonly clock: Clock;
  /** 0 to 1, for the canaries. */
  readonly random: () => number;
  readonly world: EscalationWorld;
  readonly alarm: { readonly isRaised: boolean };
  readonly listener: EscalationListener;
}

export class Escalation {
  readonly #parts: EscalationParts;
  readonly #gate: Gate;
  readonly #desk: DecisionDesk;
  readonly #tenants = new Map<string, Watched>();
  /** Those for whom time runs; empty when nobody is above the floor. */
  readonly #serving = new Set<Watched>();

  constructor(parts: EscalationParts) {
    this.#parts = parts;
    const { options, world, listener } = parts;
    this.#desk = new DecisionDesk(options, listener);
    this.#gate = new Gate({ options, world, ejectedCount: () => this.#countEjected() });
  }

  /** Records an offence and does what follows from it. */
  offence(tenantId: string, offence: Offence): void {
    const { options, clock, alarm } = this.#parts;
    const watched = this.#watch(tenantId);
    const { ladder, ledger } = watched;
    const nowMs = clock.nowMs();
    const counts = isOfItsRung(offence, ladder) && !(alarm.isRaised && canBeSystemic(offence));
    const points = counts ? pointsOf(offence, options.weights) : 0;
    ledger.add(offence, points, nowMs);
    if (points === 0) return;
    ladder.offended(nowMs);
    if (ladder.state === 'probation') this.#relapse(watched, offence, nowMs);
    else if (ledger.scoreAt(nowMs) >= options.threshold) this.#climb(watched, nowMs);
  }

  /** Where the tenant's next session starts; `quarantined`: it is refused. Draws the canaries. */
  rungFor(tenantId: string): Rung {
    const known = this.#tenants.get(tenantId);
    if (known === undefined) {
      const { start, floor, pin } = this.#parts.world.boundsOf(tenantId);
      if (pin === null && (start === floor || !this.#parts.options.enforce)) return start;
    }
    const { ladder } = known ?? this.#watch(tenantId);
    const { canaryRung } = ladder;
    if (canaryRung === null) return ladder.rung;
    return this.#parts.random() < this.#parts.options.canaryRatio ? canaryRung : ladder.rung;
  }

  /** Takes the steps whose time has come. Called once a second. */
  tick(): void {
    if (this.#serving.size === 0) return;
    const nowMs = this.#parts.clock.nowMs();
    for (const watched of this.#serving) {
      const step = watched.ladder.advance(nowMs);
      if (step !== null) this.#stepped(watched, step, nowMs);
    }
  }

  /** Whether the tenant is confined, on probation or pinned; cheap enough to ask of thousands. */
  isConfined(tenantId: string): boolean {
    const watched = this.#tenants.get(tenantId);
    return watched !== undefined && watched.ladder.state !== 'free';
  }

  stateOf(tenantId: string): EscalationState {
    const { clock, options } = this.#parts;
    const nowMs = clock.nowMs();
    const { ladder, ledger } = this.#tenants.get(tenantId) ?? this.#fresh(tenantId, nowMs);
    const { floor, ceiling } = ladder.bounds;
    return {
      state: ladder.state,
      rung: ladder.rung,
      canaryRung: ladder.canaryRung,
      floor,
      ceiling,
      pin: ladder.state === 'pinned' ? ladder.rung : null,
      isByHand: ladder.isByHand,
      score: ledger.scoreAt(nowMs),
      threshold: options.threshold,
      relapses: ladder.relapsesAt(nowMs),
      leftMs: ladder.leftMs(nowMs),
      sinceEpochMs: clock.epochMs() - (nowMs - ladder.sinceMs),
      lastOffence: ledger.last,
      evidenceCount: ledger.entries.length,
    };
  }

  /** Tenants that the runtime has moved up and not yet let go. */
  get ejectedCount(): number {
    return this.#countEjected();
  }

  /** Offences kept against a tenant, oldest first. */
  evidenceOf(tenantId: string): Offence[] {
    return this.#tenants.get(tenantId)?.ledger.entries.map(({ offence }) => offence) ?? [];
  }

  /** What keeps a person's act from being carried out; null where nothing does. Nobody is told. */
  refusalOf(act: 'isolate' | 'pin' | 'release', tenantId: string, rung: Rung): HeldBy | null {
    const watched = this.#tenants.get(tenantId) ?? this.#fresh(tenantId, this.#parts.clock.nowMs());
    const { state, bounds } = watched.ladder;
    if (act !== 'pin' && state === 'pinned') return 'pinned';
    if (act === 'release') return null;
    const aboveFloor = compareRungs(rung, bounds.floor);
    const isLow = act === 'pin' ? aboveFloor < 0 : aboveFloor <= 0;
    return isLow ? 'floor' : this.#gate.refusal(watched, rung, []);
  }

  /** What keeps a running session of the tenant from being moved to `rung`; null where nothing does. */
  moveRefusal(tenantId: string, rung: Rung): MoveRefusal | null {
    const watched = this.#tenants.get(tenantId) ?? this.#fresh(tenantId, this.#parts.clock.nowMs());
    return moveRefusal(watched.ladder, rung);
  }

  /** Confines the tenant on `rung` until it is released. Holds whether or not `enforce` is set. */
  isolate(tenantId: string, rung: Rung, actor: Actor): Decision {
    const watched = this.#watch(tenantId);
    const heldBy = this.refusalOf('isolate', tenantId, rung);
    return this.#byHand(watched, 'isolated', rung, heldBy, actor, (nowMs) => {
      watched.ladder.isolate(rung, nowMs);
      watched.ledger.resetScore();
    });
  }

  /** To the floor at once; ledger and relapses are cleared. */
  release(tenantId: string, actor: Actor): Decision {
    const watched = this.#watch(tenantId);
    const { floor } = watched.ladder.bounds;
    const heldBy = this.refusalOf('release', tenantId, floor);
    return this.#byHand(watched, 'released', floor, heldBy, actor, (nowMs) => {
      watched.ladder.release(nowMs);
      watched.ledger.clear();
    });
  }

  /** On `rung`, whatever it does, until it is unpinned. */
  pin(tenantId: string, rung: Rung, actor: Actor): Decision {
    const watched = this.#watch(tenantId);
    const heldBy = this.refusalOf('pin', tenantId, rung);
    return this.#byHand(watched, 'pinned', rung, heldBy, actor, (nowMs) => {
      watched.ladder.pin(rung, nowMs);
      watched.ledger.resetScore();
    });
  }

  /** Back to the rung of its isolation settings; its offences count again. */
  unpin(tenantId: string, actor: Actor): Decision | null {
    const watched = this.#watch(tenantId);
    if (watched.ladder.state !== 'pinned') return null;
    const { start } = watched.ladder.bounds;
    return this.#byHand(watched, 'unpinned', start, null, actor, (nowMs) => {
      watched.ladder.unpin(nowMs);
      watched.ledger.resetScore();
    });
  }

  /** Those for whom time runs. */
  serving(): string[] {
    return [...this.#serving].map(({ tenant }) => tenant);
  }

  /** Tenants of whom there is something to save. */
  watched(): IterableIterator<string> {
    return this.#tenants.keys();
  }

  /** As plain JSON; null where nothing is known of the tenant. The time to serve is that of now. */
  save(tenantId: string): SavedEscalation | null {
    const watched = this.#tenants.get(tenantId);
    if (watched === undefined) return null;
    const { clock } = this.#parts;
    const now = { nowMs: clock.nowMs(), epochMs: clock.epochMs() };
    return toSaved(watched.ladder, watched.ledger, now);
  }

  /**
   * Puts back what `save` gave, within the tenant's bounds of today; without `enforce` no confinement
   * that a person did not ask for. Answers false where it is nothing that was saved: nothing changes.
   */
  restore(tenantId: string, saved: unknown, nowMs: number, epochMs: number): boolean {
    const parsed = SavedEscalation.safeParse(saved);
    if (!parsed.success) return false;
    this.forget(tenantId);
    const watched = this.#watch(tenantId);
    const { enforce, halfLifeMs } = this.#parts.options;
    const { state, isByHand } = parsed.data;
    const withPosition = enforce || isByHand || state === 'pinned';
    const rules = { halfLifeMs, withPosition };
    fromSaved(parsed.data, watched.ladder, watched.ledger, rules, { nowMs, epochMs });
    this.#settle(watched, nowMs);
    return true;
  }

  /**
   * The bounds of tenants are others, or whether anything is enforced is: whoever stands outside is put
   * inside. Nobody is told, as nobody has judged. Answers of whom there is something to keep.
   */
  rebound(isEnforceChanged: boolean): string[] {
    const nowMs = this.#parts.clock.nowMs();
    return [...this.#tenants.values()].flatMap((watched) => {
      const { tenant, ladder } = watched;
      const bounds = this.#parts.world.boundsOf(tenant);
      if (!isEnforceChanged && isDeepStrictEqual(bounds, ladder.bounds)) return [];
      ladder.rebound(bounds, nowMs);
      this.#settle(watched, nowMs);
      return [tenant];
    });
  }

  forget(tenantId: string): void {
    const watched = this.#tenants.get(tenantId);
    if (watched === undefined) return;
    this.#serving.delete(watched);
    this.#tenants.delete(tenantId);
  }

  #watch(tenantId: string): Watched {
    const known = this.#tenants.get(tenantId);
    if (known !== undefined) return known;
    const nowMs = this.#parts.clock.nowMs();
    const watched = this.#fresh(tenantId, nowMs);
    this.#tenants.set(tenantId, watched);
    this.#settle(watched, nowMs);
    return watched;
  }

  #fresh(tenant: string, nowMs: number): Watched {
    const { options, world } = this.#parts;
    return {
      tenant,
      ladder: new Ladder(world.boundsOf(tenant), options, nowMs),
      ledger: new OffenceLedger(options.halfLifeMs, nowMs),
      held: null,
    };
  }

  /** The score has passed the threshold. */
  #climb(watched: Watched, nowMs: number): void {
    const { ladder } = watched;
    const from = ladder.rung;
    // Sessions of before a quarantine may go on offending; there is no rung left to move them to.
    if (from === 'quarantined') return;
    const charge = this.#chargeOf(watched, this.#parts.options.threshold, nowMs);
    const { score, evidence } = charge;
    const to = targetOf(ladder, rungAbove(from), evidence.some(isMemory));
    const kind = to === 'quarantined' ? 'quarantined' : 'escalated';
    const told = { kind, from, to, evidence, score } as const;
    const heldBy = this.#gate.held(watched, to, charge);
    if (heldBy !== null) return this.#desk.tellHeld(watched, { ...told, heldBy }, nowMs);
    ladder.climb(to, nowMs);
    this.#moved(watched, told, nowMs);
  }

  /** Any offence in a probation ends it; what is worth nothing during an alarm is none. */
  #relapse(watched: Watched, offence: Offence, nowMs: number): void {
    const { ladder } = watched;
    const from = ladder.canaryRung ?? ladder.rung;
    const charge = this.#chargeOf(watched, 0, nowMs);
    const { score, evidence } = charge;
    const wanted = targetOf(ladder, ladder.rung, isMemory(offence));
    // Whatever keeps it from a higher rung, it can go back to its own.
    const to = this.#gate.held(watched, wanted, charge) === null ? wanted : ladder.rung;
    ladder.relapse(to, nowMs);
    this.#moved(watched, { kind: 'relapsed', from, to, evidence, score }, nowMs);
  }

  #chargeOf({ ledger }: Watched, least: number, nowMs: number): Charge {
    return chargeOf(ledger, least, this.#parts.alarm.isRaised, nowMs);
  }

  #countEjected(): number {
    let ejected = 0;
    for (const { ladder } of this.#serving) if (ladder.isEjected) ejected += 1;
    return ejected;
  }

  #byHand(
    watched: Watched,
    kind: DecisionKind,
    to: Rung,
    heldBy: HeldBy | null,
    actor: Actor,
    carryOut: (nowMs: number) => void,
  ): Decision {
    const nowMs = this.#parts.clock.nowMs();
    const { ladder, ledger } = watched;
    const evidence = ledger.standingAt(nowMs);
    const score = ledger.scoreAt(nowMs);
    const told = { kind, from: ladder.rung, to, heldBy, evidence, score, actor };
    if (heldBy === null) {
      carryOut(nowMs);
      this.#settle(watched, nowMs);
    }
    return this.#desk.tell(watched, told, nowMs);
  }

  #stepped(watched: Watched, step: DueStep, nowMs: number): void {
    const { ledger } = watched;
    const evidence = ledger.standingAt(nowMs);
    const score = ledger.scoreAt(nowMs);
    if (step.kind !== 'probation') ledger.resetScore();
    this.#settle(watched, nowMs);
    this.#desk.tell(watched, { ...step, evidence, score }, nowMs);
  }

  #moved(watched: Watched, told: Told, nowMs: number): void {
    watched.ledger.resetScore();
    this.#settle(watched, nowMs);
    this.#desk.tell(watched, { ...told, forMs: watched.ladder.leftMs(nowMs) }, nowMs);
  }

  /** Its state has changed. */
  #settle(watched: Watched, nowMs: number): void {
    watched.held = null;
    if (watched.ladder.leftMs(nowMs) === null) this.#serving.delete(watched);
    else this.#serving.add(watched);
  }
}

/**
 * Whether an offence says something about where the tenant is now. Sessions that began lower finish
 * there; they must not drive it up rung by rung. A block of no session is of a schema, which runs on the
 * shared loop wherever its tenant is placed.
 */
function isOfItsRung({ kind, rung, session }: Offence, ladder: Ladder): boolean {
  if (kind === 'block' && session === null) return true;
  if (rung === null || ladder.state === 'free' || ladder.state === 'pinned') return true;
  return compareRungs(rung, ladder.canaryRung ?? ladder.rung) >= 0;
}

/**
 * Follows an escalation by nothing but what it tells, and says what contradicts its promises. What is
 * told twice, or not at all, shows as a rung that is not the one the escalation answers.
 */
import type { Decision, EscalationState } from '../../src/escalation/decision.js';
import type { EscalationOptions } from '../../src/escalation/escalation-options.js';
import type { LadderBounds } from '../../src/tenant/tenant-escalation.js';
import { canBeSystemic } from '../../src/escalation/offence.js';
import { compareRungs, rungBelow, type Rung } from '../../src/vocabulary/rung.js';

/** What is told of a decision; not everybody is told the evidence. */
export type ToldMove = Omit<Decision, 'evidence'> & Partial<Pick<Decision, 'evidence'>>;

/** Who can be asked where a tenant is. */
export interface Answers {
  stateOf(tenant: string): Pick<EscalationState, 'rung' | 'canaryRung' | 'state'>;
  rungFor(tenant: string): Rung;
}

interface Followed {
  rung: Rung;
  canaryRung: Rung | null;
  isPinned: boolean;
  isByHand: boolean;
  isEjected: boolean;
  heldBy: string | null;
  heldToldAtMs: number;
}

export class LedgerOfMoves {
  readonly #options: EscalationOptions;
  readonly #boundsOf: (tenant: string) => LadderBounds;
  readonly #known: number;
  readonly #followed = new Map<string, Followed>();
  #ejectedCount = 0;
  readonly faults: string[] = [];

  constructor(
    options: EscalationOptions,
    boundsOf: (tenant: string) => LadderBounds,
    knownTenants: number,
  ) {
    this.#options = options;
    this.#boundsOf = boundsOf;
    this.#known = knownTenants;
  }

  get ejectedCount(): number {
    return this.#ejectedCount;
  }

  /** Where new sessions of a tenant may start: its rung, and that of its canaries. */
  rungsOf(tenant: string): readonly Rung[] {
    const { rung, canaryRung } = this.#follow(tenant);
    return canaryRung === null ? [rung] : [rung, canaryRung];
  }

  decided(decision: ToldMove, nowMs: number, isAlarmed = false): void {
    const { tenant, kind, from, to, forMs, relapses } = decision;
    const it = this.#follow(tenant);
    const isRuntime = decision.actor.kind === 'runtime';
    const say = (fault: string) => this.faults.push(`${fault}: ${JSON.stringify(decision)}`);
    if (decision.carriedOut !== (decision.heldBy === null)) say('carried out and held');
    if (!decision.carriedOut) {
      if (it.heldBy === decision.heldBy && nowMs - it.heldToldAtMs < 60_000 && isRuntime) {
        say('told again');
      }
      if (isRuntime) [it.heldBy, it.heldToldAtMs] = [decision.heldBy, nowMs];
      return;
    }
    it.heldBy = null;
    const isUp = kind === 'escalated' || kind === 'quarantined';
    if (from !== (kind === 'relapsed' ? it.canaryRung : it.rung)) say(`was on ${it.rung}`);
    if (it.isPinned && isRuntime) say('a pin was not held');
    if (isUp && decision.score < decision.threshold) say('below the threshold');
    if (isUp && compareRungs(to, from) <= 0) say('not up');
    if (isRuntime && kind === 'quarantined' && from !== 'process') say('not from a process');
    if (kind === 'escalated' && to === 'quarantined') say('quarantine under another name');
    if (kind === 'relapsed' && compareRungs(to, it.rung) < 0) say('a relapse went down');
    if (kind === 'relapsed' && to === 'quarantined' && it.rung !== 'quarantined') {
      say('quarantined by a relapse');
    }
    if (kind === 'stepped-down' && to !== rungBelow(from)) say('more than one rung down');
    if (kind === 'probation' && (it.isByHand || to !== rungBelow(from))) say('no canary rung');
    if ((isUp || kind === 'relapsed') && !it.isByHand) {
      const { confinementMs, maxConfinementMs } = this.#options;
      const servedMs = Math.min(maxConfinementMs, confinementMs * (relapses + 1));
      if (forMs !== servedMs) say('another time to serve');
    }
    if ((isUp || kind === 'relapsed') && decision.evidence?.length === 0) say('without evidence');
    if ((isUp || kind === 'relapsed') && isAlarmed && decision.evidence?.some(canBeSystemic)) {
      say('for what may be a shared cause');
    }
    this.#apply(it, decision);
    const most = Math.max(1, Math.floor(this.#options.maxEjectedRatio * this.#known));
    if ((isUp || kind === 'relapsed') && this.#ejectedCount > most)
      say('more than may be moved up');
  }

  /** Another process goes on: it may tell again what is held. */
  restarted(): void {
    for (const it of this.#followed.values()) it.heldBy = null;
  }

  /** Compares with what the escalation says of a tenant. */
  check(escalation: Answers, tenant: string): void {
    const it = this.#follow(tenant);
    const { floor, ceiling, pin } = this.#boundsOf(tenant);
    const row = escalation.stateOf(tenant);
    const say = (fault: string) => this.faults.push(`${tenant} ${fault}: ${JSON.stringify(row)}`);
    if (row.rung !== it.rung) say(`should be on ${it.rung}`);
    if (row.canaryRung !== it.canaryRung) say(`should have canaries on ${it.canaryRung}`);
    for (const rung of [row.rung, row.canaryRung ?? row.rung, escalation.rungFor(tenant)]) {
      if (compareRungs(rung, floor) < 0 || compareRungs(rung, ceiling) > 0) say('out of bounds');
      if (rung !== it.rung && rung !== it.canaryRung) say(`placed on ${rung}`);
    }
    if (it.isPinned !== (row.state === 'pinned')) say('pinned or not');
    if (pin !== null && !it.isPinned) say('lost its pin');
  }

  #apply(it: Followed, { kind, to, tenant }: ToldMove): void {
    const { start } = this.#boundsOf(tenant);
    it.canaryRung = kind === 'probation' ? to : null;
    if (kind !== 'probation') it.rung = to;
    if (kind === 'isolated') it.isByHand = true;
    if (kind === 'pinned' || kind === 'released' || kind === 'unpinned') it.isByHand = false;
    it.isPinned = kind === 'pinned' || (it.isPinned && kind !== 'unpinned');
    const isConfined = kind !== 'pinned' && kind !== 'released' && kind !== 'unpinned';
    const isEjected = isConfined && !it.isByHand && compareRungs(it.rung, start) > 0;
    this.#ejectedCount += Number(isEjected) - Number(it.isEjected);
    it.isEjected = isEjected;
  }

  #follow(tenant: string): Followed {
    const known = this.#followed.get(tenant);
    if (known !== undefined) return known;
    const { start, pin } = this.#boundsOf(tenant);
    const fresh: Followed = {
      rung: pin ?? start,
      canaryRung: null,
      isPinned: pin !== null,
      isByHand: false,
      isEjected: false,
      heldBy: null,
      heldToldAtMs: 0,
    };
    this.#followed.set(tenant, fresh);
    return fresh;
  }
}

/**
 * What keeps a tenant from a rung: its own bounds, the mode of the pool, what the pool has room for.
 * Whether it has deserved to be moved is left to the escalation.
 */
import type { LadderBounds } from '../tenant/tenant-escalation.js';
import { compareRungs, type Rung } from '../vocabulary/rung.js';
import type { Charge } from './charge.js';
import type { EscalationWorld, HeldBy } from './decision.js';
import type { EscalationOptions } from './escalation-options.js';
import type { Ladder } from './ladder.js';
import type { Offence } from './offence.js';

export interface GateParts {
  readonly options: Pick<EscalationOptions, 'enforce' | 'maxEjectedRatio'>;
  readonly world: EscalationWorld;
  /** How many tenants the runtime has moved up and not yet let go. */
  readonly ejectedCount: () => number;
}

type GateCharge = Pick<Charge, 'evidence' | 'isDoubtful'>;

interface Candidate {
  readonly tenant: string;
  readonly ladder: Ladder;
}

export class Gate {
  readonly #parts: GateParts;

  constructor(parts: GateParts) {
    this.#parts = parts;
  }

  /** What keeps the runtime from moving a tenant up; the tenant's own bounds are said first. */
  held(candidate: Candidate, to: Rung, { evidence, isDoubtful }: GateCharge): HeldBy | null {
    const { ladder } = candidate;
    if (ladder.state === 'pinned') return 'pinned';
    if (compareRungs(to, ladder.bounds.ceiling) > 0) return 'ceiling';
    if (!this.#parts.options.enforce) return 'not-enforced';
    if (isDoubtful) return 'systemic';
    if (isNewEjection(ladder, to) && !this.#maySpareOne()) return 'ejection-share';
    return this.refusal(candidate, to, evidence);
  }

  /** What keeps anybody from it, a person included; a pin is theirs to lift. */
  refusal({ tenant, ladder }: Candidate, to: Rung, evidence: readonly Offence[]): HeldBy | null {
    if (compareRungs(to, ladder.bounds.ceiling) > 0) return 'ceiling';
    if (to === ladder.rung || to === 'coroutine' || to === 'quarantined') return null;
    const { world } = this.#parts;
    const agents = new Set(evidence.flatMap(({ agent }) => (agent === null ? [] : [agent])));
    return world.canRunOn(tenant, to, [...agents]) ?? (world.room(to) ? null : 'isolate-limit');
  }

  /** Where more than a share is moved up, it is more likely our fault than theirs; one always may be. */
  #maySpareOne(): boolean {
    const { options, world, ejectedCount } = this.#parts;
    const most = Math.max(1, Math.floor(options.maxEjectedRatio * world.knownTenants()));
    return ejectedCount() < most;
  }
}

/** What keeps a running session on its place. */
export type MoveRefusal = 'pinned' | 'floor' | 'ceiling' | 'confined';

/**
 * What keeps a running session of the tenant from `rung`, whoever asks: a session goes no lower than
 * its tenant's new ones may start. Whether there is room is told by the place itself.
 */
export function moveRefusal(ladder: Ladder, rung: Rung): MoveRefusal | null {
  const { state, bounds } = ladder;
  if (state === 'pinned') return rung === ladder.rung ? null : 'pinned';
  if (compareRungs(rung, bounds.floor) < 0) return 'floor';
  if (compareRungs(rung, bounds.ceiling) > 0) return 'ceiling';
  if (state === 'free') return null;
  return compareRungs(rung, ladder.canaryRung ?? ladder.rung) < 0 ? 'confined' : null;
}

/**
 * The rung for a tenant whose next one is `next`. A memory offender skips the thread, which is no wall
 * against it; nobody passes the ceiling while there is a rung below it to go to.
 */
export function targetOf(
  ladder: { readonly bounds: LadderBounds; readonly rung: Rung },
  next: Rung,
  isAboutMemory: boolean,
): Rung {
  const { ceiling } = ladder.bounds;
  const to = isAboutMemory && compareRungs(next, 'process') < 0 ? 'process' : next;
  const isTooHigh = compareRungs(to, ceiling) > 0;
  return isTooHigh && compareRungs(ceiling, ladder.rung) > 0 ? ceiling : to;
}

function isNewEjection(ladder: Ladder, to: Rung): boolean {
  return !ladder.isByHand && !ladder.isEjected && compareRungs(to, ladder.bounds.start) > 0;
}

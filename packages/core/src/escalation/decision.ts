/**
 * What the escalation decides and tells, and the ports through which it learns what is possible. It
 * carries nothing out itself: the pool asks for rungs when sessions open.
 */
import type { LadderBounds } from '../tenant/tenant-escalation.js';
import type { Actor } from '../vocabulary/actor.js';
import type { Rung } from '../vocabulary/rung.js';
import type { LadderState } from './ladder.js';
import type { Offence } from './offence.js';

export type DecisionKind =
  | 'escalated'
  | 'quarantined'
  | 'probation'
  | 'relapsed'
  | 'stepped-down'
  | 'released'
  | 'isolated'
  | 'pinned'
  | 'unpinned';

/** Why an isolate cannot be had for a tenant, whatever it has done. */
export type Hindrance = 'no-isolates' | 'not-portable';

/** Why a decision was not carried out. */
export type HeldBy =
  /** `enforce: false`. */
  | 'not-enforced'
  /** Many tenants fail at once, and what only this one can have caused is not enough. */
  | 'systemic'
  /** As many tenants are moved up as may be at once. */
  | 'ejection-share'
  /** As many isolates as may be are in use. */
  | 'isolate-limit'
  | 'floor'
  | 'ceiling'
  | 'pinned'
  | Hindrance;

export interface Decision {
  readonly kind: DecisionKind;
  readonly tenant: string;
  readonly from: Rung;
  /** Where its new sessions go; with `probation`, where the canary share goes. */
  readonly to: Rung;
  readonly carriedOut: boolean;
  /** Null where it was carried out. */
  readonly heldBy: HeldBy | null;
  /** What the evidence comes to, before it is reset. */
  readonly score: number;
  readonly threshold: number;
  /** What made up the score, oldest first, at most 20. */
  readonly evidence: readonly Offence[];
  readonly relapses: number;
  /** How long it lasts; null without an end. */
  readonly forMs: number | null;
  readonly actor: Actor;
}

/** PORT: told of every decision once, after it holds. */
export interface EscalationListener {
  decided(decision: Decision): void;
}

/** PORT: what the pool knows of tenants and places. */
export interface EscalationWorld {
  boundsOf(tenant: string): LadderBounds;
  /** How many tenants the pool knows. */
  knownTenants(): number;
  /** Whether one more isolate can be had. Asked for `thread` and `process` only. */
  room(rung: Rung): boolean;
  /**
   * Null where the tenant's sessions can run there. `agents` are those of the evidence; the pool may
   * know of more. Asked for `thread` and `process` only.
   */
  canRunOn(tenant: string, rung: Rung, agents: readonly string[]): Hindrance | null;
}

/** One tenant as a snapshot shows it. */
export interface EscalationState {
  readonly state: LadderState;
  readonly rung: Rung;
  /** Where the canary share of a probation goes; null without one. */
  readonly canaryRung: Rung | null;
  readonly floor: Rung;
  readonly ceiling: Rung;
  /** The rung it is pinned to; null where it is not. */
  readonly pin: Rung | null;
  readonly isByHand: boolean;
  readonly score: number;
  readonly threshold: number;
  readonly relapses: number;
  /** Until its next step; null where no time is running. */
  readonly leftMs: number | null;
  /** Wall clock, ms since 1970. */
  readonly sinceEpochMs: number;
  readonly lastOffence: Offence | null;
  /** Offences kept as evidence. */
  readonly evidenceCount: number;
}

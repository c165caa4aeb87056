/**
 * Tells decisions, each of them once: one that stays held is not told again with every offence. What
 * is decided is left to the escalation.
 */
import { RUNTIME, type Actor } from '../vocabulary/actor.js';
import type { Rung } from '../vocabulary/rung.js';
import type { Decision, DecisionKind, EscalationListener, HeldBy } from './decision.js';
import type { Ladder } from './ladder.js';
import type { OffenceLedger } from './offence-ledger.js';
import type { Offence } from './offence.js';

/** A decision that stays held for the same reason is told again after this long. */
const RETELL_MS = 60_000;

/** One tenant, as the escalation keeps it. */
export interface Watched {
  readonly tenant: string;
  readonly ladder: Ladder;
  readonly ledger: OffenceLedger;
  /** What was told last as held; null once the tenant has moved. */
  held: { readonly by: HeldBy; readonly toldAtMs: number } | null;
}

/** What is told beside the tenant. */
export interface Told {
  readonly kind: DecisionKind;
  readonly from: Rung;
  readonly to: Rung;
  readonly score: number;
  readonly evidence: readonly Offence[];
  readonly heldBy?: HeldBy | null;
  readonly forMs?: number | null;
  readonly actor?: Actor;
}

export class DecisionDesk {
  readonly #options: { readonly threshold: number };
  readonly #listener: EscalationListener;

  constructor(options: { readonly threshold: number }, listener: EscalationListener) {
    this.#options = options;
    this.#listener = listener;
  }

  tell({ tenant, ladder }: Watched, told: Told, nowMs: number): Decision {
    const { kind, from, to, score, evidence, heldBy = null, forMs = null, actor = RUNTIME } = told;
    const decision: Decision = {
      kind,
      tenant,
      from,
      to,
      carriedOut: heldBy === null,
      heldBy,
      score,
      threshold: this.#options.threshold,
      evidence,
      relapses: ladder.relapsesAt(nowMs),
      forMs,
      actor,
    };
    this.#listener.decided(decision);
    return decision;
  }

  /** Once per crossing: again only after a minute, or for another reason. */
  tellHeld(watched: Watched, told: Told & { readonly heldBy: HeldBy }, nowMs: number): void {
    const { held } = watched;
    if (held?.by === told.heldBy && nowMs - held.toldAtMs < RETELL_MS) return;
    watched.held = { by: told.heldBy, toldAtMs: nowMs };
    this.tell(watched, told, nowMs);
  }
}

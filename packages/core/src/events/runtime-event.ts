/** What happens in a running pool beside sessions: past-tense facts that an observer can be told. */
import type { BlockRow } from '../snapshot/figures.js';
import type { Rung } from '../vocabulary/rung.js';
import type { TriggerKind } from '../vocabulary/incident.js';
import type { TENANT_EVENTS } from '../vocabulary/tenant-events.js';

/** One setting that is another now, as it would be printed; what may be secret is only said to be set. */
export interface OptionChange {
  /** Such as `tenants.acme.maxSessions`. */
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

export type RuntimeEvent =
  | {
      readonly kind: 'isolate.started';
      readonly isolate: string;
      readonly tenant: string;
      readonly rung: Rung;
      readonly pid: number;
      readonly startMs: number;
    }
  | {
      readonly kind: 'isolate.ended';
      readonly isolate: string;
      readonly tenant: string | null;
      readonly rung: Rung;
      readonly reason: string;
      readonly detail: string;
      /** False where somebody asked for it. */
      readonly abnormal: boolean;
      readonly offender?: string;
      readonly sessionsLost: number;
    }
  | {
      readonly kind: 'isolate.stuck';
      readonly isolate: string;
      readonly tenant: string | null;
      readonly detail: string;
    }
  | {
      readonly kind: 'isolate.gave-up';
      readonly tenant: string;
      readonly restarts: number;
      readonly quarantinedForMs: number;
    }
  | {
      readonly kind: 'breaker.opened';
      readonly tenant: string;
      /** What it opened for; of a failed probe, 1 of 1. */
      readonly failures: number;
      readonly samples: number;
      readonly cooldownMs: number;
      readonly byHand: boolean;
      /** False: it refuses nobody. */
      readonly enforced: boolean;
    }
  | {
      readonly kind: 'breaker.half-open' | 'breaker.closed';
      readonly tenant: string;
      readonly enforced: boolean;
    }
  | {
      readonly kind: 'session.stray-error';
      /** Null where an agent's schema left it behind, which runs before there is a session. */
      readonly session: string | null;
      readonly tenant: string;
      readonly agent: string;
      readonly message: string;
    }
  /** A live session goes on in another place; it stood still for `gapMs`. */
  | {
      readonly kind: 'session.moved';
      readonly session: string;
      readonly tenant: string;
      readonly agent: string;
      readonly from: { readonly rung: Rung; readonly isolate: string };
      readonly to: { readonly rung: Rung; readonly isolate: string };
      readonly gapMs: number;
      /** By `pool.moveSession`; otherwise it follows its tenant. */
      readonly byHand: boolean;
    }
  /** Told during a block, with `isOngoing`, and again with its final length. */
  | ({ readonly kind: 'loop.blocked' } & BlockRow)
  /** What was decided of a tenant, or would have been where `carriedOut` is false. */
  | {
      readonly kind: (typeof TENANT_EVENTS)[number];
      readonly tenant: string;
      readonly from: Rung;
      readonly to: Rung;
      readonly carriedOut: boolean;
      /** Null where it was carried out. */
      readonly heldBy: string | null;
      readonly score: number;
      readonly threshold: number;
      readonly relapses: number;
      /** How long it lasts; null without an end. */
      readonly forMs: number | null;
    }
  /** So many tenants fail at once that a shared cause is likely; nobody is moved for failing. */
  | {
      readonly kind: 'systemic.raised' | 'systemic.cleared';
      readonly failingCount: number;
      readonly tenantCount: number;
      /** Of the failing ones, at most 20. */
      readonly tenants: readonly string[];
    }
  /** The process's own memory; told once per crossing and again for every 50 MB more. */
  | { readonly kind: 'memory.warned'; readonly rssMb: number; readonly warnMb: number }
  /** The process drains, closes and ends with `exitCode`. */
  | {
      readonly kind: 'memory.limit';
      readonly rssMb: number;
      readonly limitMb: number;
      readonly exitCode: number;
    }
  /** The pool has other options; values that may be secret are not shown. */
  | {
      readonly kind: 'config.reloaded';
      readonly applied: readonly OptionChange[];
      readonly needsRestart: readonly OptionChange[];
    }
  /** Agent files were loaded anew: sessions to come run the new code, those that run the old. */
  | {
      readonly kind: 'agents.reloaded';
      /** Counts from 1. */
      readonly generation: number;
      readonly changed: readonly string[];
      readonly added: readonly string[];
      readonly removed: readonly string[];
      /** Files that did not load; their old code goes on. */
      readonly failed: readonly {
        readonly file: string;
        readonly code: string;
        readonly message: string;
      }[];
    }
  /** Other options were refused; the old ones stay. */
  | { readonly kind: 'config.rejected'; readonly code: string | null; readonly message: string }
  /** A bundle of an incident, or one that was asked for, lies in `stateDir`. */
  | {
      readonly kind: 'incident.captured';
      readonly trigger: TriggerKind;
      readonly tenant: string | null;
      readonly session: string | null;
      /** Absolute path. */
      readonly file: string;
      readonly sizeBytes: number;
      /** Names of parts that are not there, or not whole. */
      readonly leftOut: readonly string[];
    }
  | {
      readonly kind: 'incident.failed';
      readonly trigger: TriggerKind;
      readonly tenant: string | null;
      readonly session: string | null;
      readonly detail: string;
    }
  | {
      readonly kind: 'observer.ended';
      readonly detail: string;
      readonly restarts: number;
    };

export type EmitRuntimeEvent = (event: RuntimeEvent) => void;

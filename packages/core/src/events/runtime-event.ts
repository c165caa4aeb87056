/** What happens in a running pool beside sessions: past-tense facts that an observer can be told. */
import type { BlockRow } from '../snapshot/figures.js';
import type { Rung } from '../vocabulary/rung.js';

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
      readonly kind: 'session.stray-error';
      readonly session: string;
      readonly tenant: string;
      readonly agent: string;
      readonly message: string;
    }
  /** Told during a block, with `isOngoing`, and again with its final length. */
  | ({ readonly kind: 'loop.blocked' } & BlockRow)
  /** The process's own memory; told once per crossing and again for every 50 MB more. */
  | { readonly kind: 'memory.warned'; readonly rssMb: number; readonly warnMb: number }
  /** The process drains, closes and ends with `exitCode`. */
  | {
      readonly kind: 'memory.limit';
      readonly rssMb: number;
      readonly limitMb: number;
      readonly exitCode: number;
    }
  | {
      readonly kind: 'observer.ended';
      readonly detail: string;
      readonly restarts: number;
    };

export type EmitRuntimeEvent = (event: RuntimeEvent) => void;

/** What the process that replays is asked by the command, and what it answers. */
import type { SessionRecording } from '@tenantry/core';
import type { AttemptFact, WireError } from '@tenantry/core/internal';

/** Where a session can be replayed. */
export const REPLAY_RUNGS = ['coroutine', 'thread', 'process'] as const;
export type ReplayRung = (typeof REPLAY_RUNGS)[number];

/** Loads the agent and has it look at what it is to be given. */
export interface FindTask {
  readonly kind: 'find';
  readonly folder: string;
  /** Null: whichever file has the agent. */
  readonly file: string | null;
  readonly agent: string;
  /** As it is, not as it is written in a recording. */
  readonly input: unknown;
  readonly isDryRun: boolean;
}

export interface RunTask {
  readonly kind: 'run';
  readonly url: string;
  readonly rung: ReplayRung;
  readonly recording: SessionRecording;
  /** The tenant's config, plain JSON; null where it has none. */
  readonly config: Readonly<Record<string, unknown>> | null;
  readonly isDryRun: boolean;
  /** Longest wait for the next message, or for the end. */
  readonly waitMs: number;
}

export interface FoundToReplay {
  readonly kind: 'found';
  readonly url: string;
  /** Why its schema refuses the input; null where it does not. */
  readonly refused: string | null;
  /** What the schema makes of the input. */
  readonly input: unknown;
}

export interface Replayed {
  readonly kind: 'replayed';
  readonly recording: SessionRecording;
  /** Refused to code that ran for no session, or on the shared loop. */
  readonly attempts: readonly AttemptFact[];
  /** The message it waited for in vain, from 1, or its end. */
  readonly stalledAt: number | 'end' | null;
}

export type ReplayReply =
  | { readonly kind: 'alive' }
  | FoundToReplay
  | Replayed
  | { readonly kind: 'failed'; readonly error: WireError };

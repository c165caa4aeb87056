/** What the process that replays is asked by the command, and what it answers. */
import type { SessionRecording } from '@tenantry/core';
import type { AttemptFact, WireError } from '@tenantry/core/internal';

/** Where a session can be replayed. */
export const REPLAY_RUNGS = ['coroutine', 'thread', 'process'] as const;
export type ReplayRung = (typeof REPLAY_RUNGS)[number];

export type ReplayTask =
  /** Loads the agent and has it look at what it is to be given. */
  | {
      readonly kind: 'find';
      readonly folder: string;
      /** Null: whichever file has the agent. */
      readonly file: string | null;
      readonly agent: string;
      readonly input: unknown;
      readonly isDryRun: boolean;
    }
  | {
      readonly kind: 'run';
      readonly url: string;
      readonly rung: ReplayRung;
      readonly recording: SessionRecording;
      /** The tenant's config, plain JSON; null where it has none. */
      readonly config: Readonly<Record<string, unknown>> | null;
      readonly isDryRun: boolean;
      /** Longest wait for the next message, or for the end. */
      readonly waitMs: number;
    };

export interface FoundToReplay {
  readonly kind: 'found';
  readonly file: string;
  readonly url: string;
  /** As the agent's schema makes it of what was given; `refused` says why it does not. */
  readonly input: { readonly value: unknown } | { readonly refused: string };
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

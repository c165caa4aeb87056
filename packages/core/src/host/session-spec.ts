/** What a loop is given to start a session. Who runs it, and how, is left to the session host. */
import type { RecordedEffect } from '../recorder/session-facts.js';
import type { ResumedRun } from './carry.js';
import type { Metadata, SessionJob } from './session.js';

/** Plain data, so that it can travel. */
export interface SessionSpec {
  readonly id: string;
  readonly tenant: string;
  readonly agent: string;
  readonly input: unknown;
  readonly config: unknown;
  readonly metadata: Metadata;
  /** Whether its side effects are reported. */
  readonly records?: boolean;
  /** Side effects that are answered with what they came to before, and not run. */
  readonly replays?: readonly RecordedEffect[] | undefined;
  /** The job it runs, where it is one's. */
  readonly job?: SessionJob | undefined;
  /** What an earlier run of it has left, in a session that was moved. */
  readonly resumed?: ResumedRun;
}

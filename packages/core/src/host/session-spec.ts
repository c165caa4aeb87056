/** What a loop is given to start a session. Who runs it, and how, is left to the session host. */
import type { ResumedRun } from './carry.js';
import type { Metadata } from './session.js';

/** Plain data, so that it can travel. */
export interface SessionSpec {
  readonly id: string;
  readonly tenant: string;
  readonly agent: string;
  readonly input: unknown;
  readonly config: unknown;
  readonly metadata: Metadata;
  /** What an earlier run of it has left, in a session that was moved. */
  readonly resumed?: ResumedRun;
}

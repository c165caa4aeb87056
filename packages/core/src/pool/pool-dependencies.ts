/** What a pool is handed rather than told: replaced in tests. */
import type { Log } from '../log/log.js';
import type { SessionJob } from '../host/session.js';
import type { RecordedEffect } from '../recorder/session-facts.js';
import type { Clock } from '../time/clock.js';
import type { TryAgents } from './agent-folders.js';

export interface ReplayedSession {
  readonly session: string;
  /** In isolates it may look and not act; on the shared loop that is up to whoever made the process. */
  readonly isDryRun: boolean;
  /** The job it is run for; undefined where a client has opened it. */
  readonly job?: SessionJob | undefined;
  /** Undefined: effects are run. */
  readonly effects: readonly RecordedEffect[] | undefined;
}

export interface PoolDependencies {
  readonly clock?: Clock;
  /** A pino logger, or anything with its methods. JSON lines on stderr by default. */
  readonly log?: Log;
  /** Every session has this id and its effects are answered, not run: a pool of one session, replayed. */
  readonly replay?: ReplayedSession | undefined;
  /** 0 to 1, for the canaries of a probation. */
  readonly random?: () => number;
  /** Where options were taken from, by their paths (`tenants.acme.maxSessions`); shown by `settings()`. */
  readonly origins?: ReadonlyMap<string, string>;
  /** In the name of the socket: of whoever starts this process again, so that the name lasts. */
  readonly socketPid?: number | undefined;
  /** Asked before `discover` and `reload` load agent files here; by default they are loaded here at once. */
  readonly tryAgents?: TryAgents;
}

/**
 * Runs sessions on the loop it lives in: the only code that enters agents, the same on the shared
 * loop, in a thread and in a child. Whether and where a session runs is decided above it.
 */
import type { TurnClock } from '../attribution/turn-clock.js';
import { currentOwner, runAs, type TurnOwner } from '../attribution/turn-scope.js';
import type { MessageLimits } from '../channel/message-limits.js';
import type { ChannelEnd } from '../channel/session-channel.js';
import { detachedError } from '../errors/wire-error.js';
import type { Log } from '../log/log.js';
import type { AttemptFact } from '../recorder/session-facts.js';
import type { LoopUsage, SessionReport } from '../snapshot/report.js';
import type { Agent } from './agent.js';
import { HostedSession, type HostedSessionEvents } from './hosted-session.js';
import { Roster } from './roster.js';
import type { OnSessionEnd } from './session-end.js';
import type { SessionSpec } from './session-spec.js';

/** An error nobody awaited, in a session that runs or has ended. */
export interface StrayError {
  /** Or another owner of turns. */
  readonly session: string;
  readonly tenant: string;
  readonly agent: string;
  readonly error: Error;
}

export interface SessionHostOptions {
  readonly limits: MessageLimits;
  readonly log: Log;
  readonly onStrayError?: (stray: StrayError) => void;
  /** Measures the sessions' turns; without it nothing is known of their cost. */
  readonly turns?: TurnClock | undefined;
}

export class SessionHost {
  readonly #options: SessionHostOptions;
  readonly #running = new Roster<HostedSession>();
  readonly #ghosts = new Roster<HostedSession>();
  readonly #events: HostedSessionEvents;
  #strayErrorCount = 0;

  constructor(options: SessionHostOptions) {
    this.#options = options;
    this.#events = {
      ended: (session) => {
        this.#running.leave(session);
        if (!session.settled) this.#ghosts.join(session);
      },
      settled: (session) => {
        this.#ghosts.leave(session);
        options.turns?.leave(session);
      },
      cost: (session) => options.turns?.costOf(session),
      stray: (session, error) => this.strayError(session, error),
    };
  }

  /** Sessions whose end has been told while their code still runs. */
  get ghostCount(): number {
    return this.#ghosts.count;
  }

  get strayErrorCount(): number {
    return this.#strayErrorCount;
  }

  /** Enters the agent at once; `onEnd` is called exactly once. */
  start(agent: Agent, spec: SessionSpec, end: ChannelEnd, onEnd: OnSessionEnd): HostedSession {
    const { limits, log } = this.#options;
    const session = new HostedSession(spec, end, onEnd, this.#events, limits, log);
    this.#running.join(session);
    this.#options.turns?.enter(session);
    runAs(session, () => session.run(agent));
    return session;
  }

  /** A dry run refused something to the session whose turn it is, or to the only one there is. */
  attempted(attempt: AttemptFact): boolean {
    const owner = currentOwner();
    const session = owner instanceof HostedSession ? owner : this.#running.all()[0];
    session?.attempted(attempt);
    return session !== undefined;
  }

  /**
   * An error that reached no one, thrown in a turn of `session`. A running session fails of it; an
   * ended one cannot, so it is counted and told.
   */
  strayError(owner: TurnOwner, thrown: unknown): void {
    this.#strayErrorCount += 1;
    const error = runAs(owner, () => detachedError(thrown));
    const { id: session, tenant, agent } = owner;
    this.#options.onStrayError?.({ session, tenant, agent, error });
    // The owner of a turn is the session itself; by then it may have ended.
    if (owner instanceof HostedSession && this.#running.has(owner)) owner.fail(error);
  }

  /** Brings `usage` up to date without a word of any session. */
  fold(): readonly never[] {
    this.#options.turns?.fold();
    return [];
  }

  report(): SessionReport[] {
    const { turns } = this.#options;
    turns?.fold();
    return this.#running.all().map((session) => ({
      session: session.id,
      messagesConsumed: session.messageCount,
      messagesSent: session.sentCount,
      usage: turns?.usageOf(session) ?? null,
    }));
  }

  /** What all turns of this loop have cost, as of the last `report` or `fold`; null where none is measured. */
  usage(only?: ReadonlySet<string>): LoopUsage | null {
    return this.#options.turns?.usage(only) ?? null;
  }
}

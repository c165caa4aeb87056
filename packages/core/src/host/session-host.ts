/**
 * Runs sessions on the loop it lives in: the only code that enters agents, the same on the shared
 * loop, in a thread and in a child. Whether and where a session runs is decided above it.
 */
import { runAs } from '../attribution/turn-scope.js';
import type { MessageLimits } from '../channel/message-limits.js';
import type { ChannelEnd } from '../channel/session-channel.js';
import type { Log } from '../log/log.js';
import type { SessionReport } from '../snapshot/report.js';
import type { Agent } from './agent.js';
import { HostedSession, type HostedSessionEvents, type SessionSpec } from './hosted-session.js';
import type { SessionEnd } from './session-end.js';

/** An error nobody awaited, in a session that had already ended. */
export interface StrayError {
  readonly session: string;
  readonly tenant: string;
  readonly agent: string;
  readonly error: unknown;
}

export interface SessionHostOptions {
  readonly limits: MessageLimits;
  readonly log: Log;
  readonly onStrayError?: (stray: StrayError) => void;
}

export class SessionHost {
  readonly #options: SessionHostOptions;
  readonly #running = new Map<string, HostedSession>();
  readonly #ghosts = new Set<HostedSession>();
  readonly #events: HostedSessionEvents;
  #strayErrorCount = 0;

  constructor(options: SessionHostOptions) {
    this.#options = options;
    this.#events = {
      ended: (session) => {
        this.#running.delete(session.id);
        this.#ghosts.add(session);
      },
      settled: (session) => void this.#ghosts.delete(session),
    };
  }

  /** Sessions whose end has been told while their code still runs. */
  get ghostCount(): number {
    return this.#ghosts.size;
  }

  get strayErrorCount(): number {
    return this.#strayErrorCount;
  }

  /** Enters the agent at once; `onEnd` is called exactly once. */
  start(
    agent: Agent,
    spec: SessionSpec,
    end: ChannelEnd,
    onEnd: (end: SessionEnd) => void,
  ): HostedSession {
    const { limits, log } = this.#options;
    const session = new HostedSession(spec, end, onEnd, this.#events, limits, log);
    this.#running.set(session.id, session);
    runAs(session, () => session.run(agent));
    return session;
  }

  get(id: string): HostedSession | undefined {
    return this.#running.get(id);
  }

  /**
   * An error that reached no one, thrown in a turn of `session`. A running session fails of it; an
   * ended one cannot, so it is counted and told.
   */
  strayError(owner: { id: string; tenant: string; agent: string }, error: unknown): void {
    this.#strayErrorCount += 1;
    this.#options.onStrayError?.({
      session: owner.id,
      tenant: owner.tenant,
      agent: owner.agent,
      error,
    });
    this.#running.get(owner.id)?.fail(error);
  }

  report(): SessionReport[] {
    return [...this.#running.values()].map((session) => ({
      session: session.id,
      messagesConsumed: session.messageCount,
      messagesSent: session.sentCount,
    }));
  }
}

/** Runs sessions on the pool's own loop, with nothing between the client and the agent but queues. */
import { processMemory } from '../attribution/process-memory.js';
import process from 'node:process';
import { CpuMeter, processCpuMs } from '../attribution/cpu-meter.js';
import type { TurnClock } from '../attribution/turn-clock.js';
import { JoinedEnds, type CarriedEnd } from '../channel/session-channel.js';
import type { MessageLimits } from '../channel/message-limits.js';
import type { Agent } from '../host/agent.js';
import type { MoveAnswer } from '../host/carry.js';
import type { FactListener } from '../host/effects.js';
import type { HostedSession } from '../host/hosted-session.js';
import type { SessionSpec } from '../host/session-spec.js';
import type { OnSessionEnd } from '../host/session-end.js';
import { SessionHost, type StrayError } from '../host/session-host.js';
import {
  crashAsNodeWould,
  guardExit,
  guardStrayErrors,
  type StrayErrorGuard,
} from '../host/stray-errors.js';
import type { Log } from '../log/log.js';
import type { IsolateRecord, RetiredFigures } from '../snapshot/report.js';
import type { TenantSettings } from '../tenant/tenant-options.js';
import type { AbortReason } from '../vocabulary/end-reason.js';
import type { Notice } from '../vocabulary/notice.js';
import { SHARED_LOOP } from '../vocabulary/rung.js';
import type { Executor, Placed, PreparedPlace } from './executor.js';

export interface SharedLoopOptions {
  readonly limits: MessageLimits;
  readonly log: Log;
  /** `contain`: errors that escape from a session fail that session; `crash`: Node's own behaviour. */
  readonly strayErrors: 'contain' | 'crash';
  readonly onStrayError: (stray: StrayError) => void;
  agentOf(name: string): Agent;
  readonly nowMs: () => number;
  /** Measures turns; undefined without introspection. */
  readonly turns?: TurnClock | undefined;
}

export class SharedLoopExecutor implements Executor {
  readonly #options: SharedLoopOptions;
  readonly #host: SessionHost;
  readonly #guards: StrayErrorGuard[] = [];
  readonly #cpu: CpuMeter | undefined;
  #lastUtilization = performance.eventLoopUtilization();

  constructor(options: SharedLoopOptions) {
    this.#options = options;
    const { limits, log, onStrayError } = options;
    this.#host = new SessionHost({ limits, log, onStrayError, turns: options.turns });
    this.#cpu = options.turns === undefined ? undefined : new CpuMeter(processCpuMs);
    if (options.strayErrors === 'contain') {
      const guard: StrayErrorGuard = guardStrayErrors(
        (owner, error) => this.#host.strayError(owner, error),
        crashAsNodeWould(() => guard),
      );
      this.#guards.push(guard, guardExit());
    }
  }

  start(
    spec: SessionSpec,
    _settings: TenantSettings,
    onEnd: OnSessionEnd,
    carried?: CarriedEnd,
  ): Placed {
    // Before the ends are joined: where there is no agent, the client's end stays as it is.
    const agent = this.#options.agentOf(spec.agent);
    const ends = new JoinedEnds(this.#options.limits, this.#options.nowMs, carried);
    const { client } = ends;
    const hosted = this.#host.start(agent, spec, ends.agent, (end, cost) => {
      client.inbox.close();
      onEnd(end, cost);
    });
    return new PlacedOnLoop(hosted, client, ends.agent.inbox);
  }

  /** @throws TENANTRY_AGENT_UNKNOWN */
  prepare(_tenant: string, agent: string, settings: TenantSettings): PreparedPlace {
    this.#options.agentOf(agent);
    return {
      start: (spec, onEnd, carried) => this.start(spec, settings, onEnd, carried),
      release: () => {},
    };
  }

  async refresh(): Promise<void> {}

  records(only?: ReadonlySet<string>): readonly IsolateRecord[] {
    const memory = processMemory();
    const cpu = this.#cpu?.read();
    const sessions = only === undefined ? this.#host.report() : this.#host.fold();
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.#lastUtilization);
    this.#lastUtilization = now;
    return [
      {
        isolate: SHARED_LOOP,
        tenant: null,
        rung: 'coroutine',
        scope: null,
        pid: process.pid,
        threadId: 0,
        state: 'ready',
        reportAgeMs: 0,
        memoryLimitMb: null,
        restarts: 0,
        lastEnd: null,
        report: {
          figures: {
            rssBytes: memory.rss,
            pssBytes: null,
            heapUsedBytes: memory.heapUsed,
            externalBytes: memory.external,
            eluRatio: Number.isFinite(utilization) ? utilization : 0,
            cpuMs: cpu?.cpuMs ?? processCpuMs(),
            cpuNowRatio: cpu?.cpuNowRatio ?? null,
            cpuMinuteRatio: cpu?.cpuMinuteRatio ?? null,
            loopLagMs: null,
          },
          sessions,
          ghosts: this.#host.ghostCount,
          usage: this.#host.usage(only),
          strayErrors: this.#host.strayErrorCount,
        },
      },
    ];
  }

  retired(): RetiredFigures {
    return { isolates: 0, cpuMs: 0, tenantCpuMs: {} };
  }

  async close(): Promise<void> {
    for (const guard of this.#guards) guard.remove();
    this.#cpu?.close();
  }
}

class PlacedOnLoop implements Placed {
  readonly rung = 'coroutine';
  readonly isolate = SHARED_LOOP;
  readonly client: Placed['client'];
  readonly #hosted: HostedSession;
  readonly #agentInbox: { close(): void };

  constructor(hosted: HostedSession, client: Placed['client'], agentInbox: { close(): void }) {
    this.#hosted = hosted;
    this.client = client;
    this.#agentInbox = agentInbox;
  }

  closeInput(): void {
    this.client.outbox.flush();
    this.#agentInbox.close();
  }

  abort(reason: AbortReason, detail?: string): void {
    this.#hosted.abort(reason, detail);
  }

  abandon(reason: AbortReason, detail?: string): void {
    this.#hosted.abandon(reason, detail);
  }

  notice(notice: Notice): void {
    this.#hosted.notice(notice);
  }

  hearFacts(listener: FactListener): void {
    this.#hosted.hearFacts(listener);
  }

  askCarryable(answer: (isCarryable: boolean) => void): void {
    answer(this.#hosted.isCarryable);
  }

  askMove(answer: (answer: MoveAnswer) => void): void {
    this.#hosted.askMove(answer);
  }

  keepHere(): void {
    this.#hosted.keepHere();
  }
}

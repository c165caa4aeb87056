/**
 * The inside of an isolate: one core SessionHost, and how the host's tasks and control calls reach
 * it. The same in a thread of the host's process and in a thread of a child.
 */
import process from 'node:process';
import type { MessagePort } from 'node:worker_threads';
import { threadId } from 'node:worker_threads';
import { expose } from 'comlink';
import type { Agent } from '@tenantry/core/internal';
import {
  LoopCell,
  SessionHost,
  TurnClock,
  deepFreeze,
  guardStrayErrors,
  importAgent,
  plainTurn,
  systemClock,
  toWireError,
  type AbortReason,
  type Attempts,
  type HostedSession,
  type PlaceReport,
  type SessionEnd,
  type WireError,
} from '@tenantry/core/internal';
import { BeatCell } from '../wire/beat-cell.js';
import type { GuestControl } from '../wire/control-api.js';
import { portEndpoint } from '../wire/endpoints.js';
import { valueCarrier } from '../wire/frame-carrier.js';
import type { FramePipe } from '../wire/frame-pipe.js';
import type {
  Assignment,
  BootReply,
  BootTask,
  GuestNotice,
  LogNotice,
  SessionTask,
  WireEnd,
} from '../wire/messages.js';
import { SessionLink } from '../wire/session-link.js';
import { GuestLog } from './guest-log.js';
import { GuestMove } from './guest-move.js';
import { captureOutput } from './guest-output.js';
import { OutputGate } from './output-gate.js';
import { Reporter } from './reporter.js';

export class Guest implements GuestControl {
  readonly #boot: BootTask;
  readonly #pipe: FramePipe | undefined;
  readonly #host: SessionHost;
  readonly #reporter: Reporter;
  readonly #agents = new Map<string, Promise<Agent>>();
  readonly #sessions = new Map<string, HostedSession>();

  readonly #attempts: Attempts | undefined;

  /** In a child, with pipes for the frames of sessions and for the lines of the log. */
  constructor(
    boot: BootTask,
    pipe: FramePipe | undefined,
    tellLog: ((notice: LogNotice) => void) | undefined,
    attempts: Attempts | undefined,
  ) {
    this.#boot = boot;
    this.#pipe = pipe;
    this.#attempts = attempts;
    const tell = (notice: GuestNotice): void => boot.notices.postMessage(notice);
    const gate = new OutputGate(
      boot.maxOutputBytesPerSecond,
      () => performance.now(),
      tellLog ?? tell,
    );
    gate.start();
    captureOutput(gate);
    const turns = boot.turns === null ? undefined : measureTurns(boot.turns, tell);
    this.#reporter = new Reporter(turns?.cell);
    this.#host = new SessionHost({
      limits: boot.limits,
      log: new GuestLog(boot.logLevel, gate),
      onStrayError: ({ error, ...whose }) =>
        tell({ kind: 'stray-error', ...whose, error: toWireError(error) }),
      turns,
    });
    attempts?.hear((attempt) => this.#host.attempted(attempt));
    guardStrayErrors(
      (owner, error) => this.#host.strayError(owner, error),
      (error) => {
        tell({ kind: 'uncaught', error: toWireError(error) });
        process.exit(1);
      },
    );
    this.#reporter.start(new BeatCell(boot.beat));
    exposeOn(boot.control, this);
  }

  reply(): BootReply {
    return { threadId };
  }

  assign({ env }: Assignment): void {
    for (const [name, value] of Object.entries(env)) process.env[name] = value;
  }

  abort(session: string, reason: AbortReason, detail: string | null, leave: boolean): void {
    const hosted = this.#sessions.get(session);
    if (leave) hosted?.abandon(reason, detail ?? undefined);
    else hosted?.abort(reason, detail ?? undefined);
  }

  async preload(agentUrl: string): Promise<WireError | null> {
    try {
      await this.#agentAt(agentUrl);
      return null;
    } catch (error) {
      return toWireError(error);
    }
  }

  report(): PlaceReport {
    return {
      figures: this.#reporter.figures(),
      // Before what all of them add up to.
      sessions: this.#host.report(),
      ghosts: this.#host.ghostCount,
      usage: this.#host.usage(),
      strayErrors: this.#host.strayErrorCount,
    };
  }

  /** Runs one session and resolves when it has ended; its outcome travels over its own port. */
  async run(task: SessionTask): Promise<void> {
    const { route } = task;
    const carrier =
      route.kind === 'port' ? valueCarrier(route.port) : this.#pipe!.carrier(route.stream);
    const link = new SessionLink(carrier, this.#boot.limits, (signal) => {
      if (signal.kind === 'close') link.end.inbox.close();
      else move?.heard(signal);
    });
    let move: GuestMove | undefined;
    let agent: Agent;
    try {
      agent = await this.#agentAt(task.agentUrl);
    } catch (error) {
      link.signal({ kind: 'refused', error: toWireError(error) });
      link.close();
      return;
    }
    await new Promise<void>((resolve) => {
      const spec = { ...task.spec, config: deepFreeze(task.spec.config) };
      link.signal({ kind: 'started' });
      const hosted = this.#host.start(agent, spec, link.end, (end, cost) => {
        this.#sessions.delete(spec.id);
        link.signal({ kind: 'ended', end: toWireEnd(end), cost: cost ?? null });
        link.close();
        resolve();
      });
      // Recording or not is the hosted session's to know: of most there is nothing to hear.
      this.#attempts?.flush();
      hosted.hearFacts((fact) => link.signal({ kind: 'fact', fact }));
      if (!hosted.isRunning) return;
      this.#sessions.set(spec.id, hosted);
      move = new GuestMove(hosted, link, () => {
        this.#sessions.delete(spec.id);
        resolve();
      });
    });
  }

  /** Loaded once an isolate; a failed load is tried again by the next session. */
  #agentAt(url: string): Promise<Agent> {
    const known = this.#agents.get(url);
    if (known !== undefined) return known;
    const loading = importAgent(url, url, {
      clock: systemClock,
      loadTimeoutMs: this.#boot.startTimeoutMs,
    });
    this.#agents.set(url, loading);
    loading.catch(() => this.#agents.delete(url));
    return loading;
  }
}

function measureTurns(buffer: SharedArrayBuffer, tell: (notice: GuestNotice) => void): TurnClock {
  const cell = new LoopCell(buffer);
  return new TurnClock({
    cell,
    // Whoever made the cell has written it there, and changes it there.
    thresholdMs: cell.thresholdMs,
    onLongTurn: (turn) => tell({ kind: 'long-turn', turn: plainTurn(turn) }),
  });
}

function toWireEnd(end: SessionEnd): WireEnd {
  return end.reason === 'completed' ? end : { reason: end.reason, error: toWireError(end.error) };
}

/** Only these: comlink would let the other side reach every property of what it is given. */
function exposeOn(control: MessagePort, guest: GuestControl): void {
  const api: GuestControl = {
    assign: (assignment) => guest.assign(assignment),
    abort: (session, reason, detail, leave) => guest.abort(session, reason, detail, leave),
    report: () => guest.report(),
    preload: (agentUrl) => guest.preload(agentUrl),
  };
  expose(api, portEndpoint(control));
}

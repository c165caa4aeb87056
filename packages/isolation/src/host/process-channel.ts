/**
 * A child process: its main thread supervises a thread isolate and answers whatever happens in it.
 * Frames and lines of the log travel between the host and that thread over pipes of their own, control
 * over IPC, and the end of the child is read from what it said last, its exit code, its signal and its last words on stderr.
 */
import { fork, type ChildProcess } from 'node:child_process';
import process from 'node:process';
import type { Duplex, Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { wrap, type Remote } from 'comlink';
import { GUEST_CONDITION, TenantryError, toWireError, type Clock } from '@tenantry/core/internal';
import {
  type AbortReason,
  type IsolateEnd,
  type PlaceReport,
  type ProfileRequest,
  type SessionSpec,
  type WireError,
  type WrittenProfile,
} from '@tenantry/core/internal';
import type { ChildControl, ChildNotice, ThreadSettings } from '../wire/control-api.js';
import { ipcEndpoint } from '../wire/endpoints.js';
import type { FrameCarrier } from '../wire/frame-carrier.js';
import { FramePipe, PIPE_FD } from '../wire/frame-pipe.js';
import { LOG_FD, readLogPipe } from '../wire/log-pipe.js';
import type { Assignment, GuestNotice, IsolateUse, Pressure } from '../wire/messages.js';
import { exitEnd } from './child-exit.js';
import { childProfile } from './child-profile.js';
import { childUse } from './isolate-use.js';
import { ControlCalls } from './control-calls.js';
import { childCpu, watchCpu, type CpuWatch } from './cpu-watch.js';
import { FirstCause } from './first-cause.js';
import type { IsolateChannel, IsolateIdentity } from './isolate-channel.js';
import { startWithin } from './start-within.js';
import { limitData } from './data-limit.js';

const ENTRY = fileURLToPath(new URL('../child/process-entry.js', import.meta.url));
const LAST_WORDS_CHARS = 4_096;
/** How long the lines of a child that is gone may take to be read. */
const LAST_LINES_MS = 200;

export interface ProcessChannelOptions {
  readonly settings: ThreadSettings;
  readonly clock: Clock;
}

export class ProcessChannel implements IsolateChannel {
  readonly rung = 'process';
  readonly gone: Promise<void>;
  onNotice: (notice: GuestNotice) => void = () => {};
  onPressure: (pressure: Pressure) => void = () => {};
  silentMs = 0;
  /** A child's supervising thread watches it. */
  readonly turnCell = undefined;
  readonly #options: ProcessChannelOptions;
  readonly #cause = new FirstCause();
  readonly #calls: ControlCalls;
  #child: ChildProcess | undefined;
  #pipe: FramePipe | undefined;
  #control: Remote<ChildControl> | undefined;
  #nextStream = 1;
  #cpu: CpuWatch | undefined;
  #lastUse: IsolateUse | undefined;
  #lastWords = '';
  #logRead: Promise<void> = Promise.resolve();
  #resolveGone!: () => void;

  constructor(options: ProcessChannelOptions) {
    this.#options = options;
    this.gone = new Promise((resolve) => {
      this.#resolveGone = resolve;
    });
    const { clock, settings } = options;
    this.#calls = new ControlCalls(clock, settings.callTimeoutMs, this.#cause.settled);
  }

  get ended(): Promise<IsolateEnd> {
    return this.#cause.settled;
  }

  get use(): IsolateUse {
    return this.#lastUse ?? childUse(this.#child?.pid);
  }

  start(): Promise<IsolateIdentity> {
    const { settings, clock } = this.#options;
    const rules = {
      what: 'child',
      clock,
      // The thread inside has the shorter one and says more when it misses it.
      deadlineMs: settings.startTimeoutMs + settings.callTimeoutMs,
      ended: this.#cause.settled,
      end: (cause: IsolateEnd) => this.end(cause),
    } as const;
    return startWithin(rules, () => {
      const child = this.#fork();
      this.#child = child;
      this.#watchChild(child);
      this.#pipe = this.#openPipe(child);
      this.#logRead = this.#readLog(child);
      const endpoint = ipcEndpoint(child);
      void this.gone.then(() => endpoint.release());
      this.#control = wrap<ChildControl>(endpoint);
      return this.#control.boot(settings);
    });
  }

  async assign(assignment: Assignment): Promise<void> {
    const { dataAllowanceMb } = assignment;
    const pid = this.#child?.pid;
    if (dataAllowanceMb !== null && pid !== undefined) {
      const limit = await limitData(pid, dataAllowanceMb);
      if (limit === 'unsupported') this.onNotice({ kind: 'no-hard-limit' });
    }
    await this.#calls.call('assign', this.#guest.assign(assignment));
    this.#watchCpu(assignment);
  }

  #watchCpu({ cpuLimitSeconds, softLimitRatio }: Assignment): void {
    const pid = this.#child?.pid;
    if (cpuLimitSeconds === null || pid === undefined || this.#cause.end !== undefined) return;
    this.#cpu = watchCpu(this.#options.clock, childCpu(pid), {
      limitSeconds: cpuLimitSeconds,
      softLimitRatio,
      onNear: (pressure) => this.onPressure(pressure),
      onOver: (detail) => this.end({ reason: 'cpu-limit', detail }),
    });
    if (this.#cpu === undefined) this.onNotice({ kind: 'no-cpu-limit' });
  }

  open(spec: SessionSpec, agentUrl: string): FrameCarrier {
    const stream = this.#nextStream++;
    this.#calls
      .call('open', this.#guest.open(spec, agentUrl, stream))
      .catch((error: unknown) => this.#refuse(stream, error));
    return this.#pipe!.carrier(stream);
  }

  async abort(
    session: string,
    reason: AbortReason,
    detail: string | null,
    leave: boolean,
  ): Promise<void> {
    const heard = this.#guest.abort(session, reason, detail, leave);
    await this.#calls.call('abort', heard).catch(() => {});
  }

  slowSessionThreshold(thresholdMs: number): void {
    this.#calls
      .call('slowSessionThreshold', this.#guest.slowSessionThreshold(thresholdMs))
      .catch(() => {});
  }

  preload(agentUrl: string): Promise<WireError | null> {
    const { startTimeoutMs, callTimeoutMs } = this.#options.settings;
    const deadlineMs = startTimeoutMs + 2 * callTimeoutMs;
    return this.#calls.call('preload', this.#guest.preload(agentUrl), deadlineMs);
  }

  report(): Promise<PlaceReport> {
    return this.#calls.call('report', this.#guest.report());
  }

  readonly profile = (request: ProfileRequest): Promise<WrittenProfile> =>
    childProfile(this.#calls, this.#guest.profile(request), request);

  end(cause: IsolateEnd): void {
    // Of what is killed nothing can be read any more.
    this.#lastUse ??= this.use;
    this.#cause.set(cause);
    this.#cpu?.stop();
    const child = this.#child;
    if (child?.pid === undefined) this.#resolveGone();
    else if (child.exitCode === null && child.signalCode === null) killGroup(child.pid);
  }

  get #guest(): Remote<ChildControl> {
    if (this.#control !== undefined) return this.#control;
    throw new TenantryError('TENANTRY_INTERNAL', 'the child has not been started');
  }

  #fork(): ChildProcess {
    return fork(ENTRY, [], {
      execArgv: [GUEST_CONDITION],
      // Nothing of the host's; what a tenant may see is assigned to its thread by name.
      env: {},
      serialization: 'advanced',
      // A group of its own, so that what tenant code spawns can be ended with it.
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe', 'ipc'],
    });
  }

  #openPipe(child: ChildProcess): FramePipe {
    const pipe = child.stdio[PIPE_FD] as Duplex & { unref?: () => void };
    pipe.unref?.();
    return new FramePipe(pipe, ({ message }) =>
      this.end({ reason: 'channel-closed', detail: message }),
    );
  }

  /** Resolves when no line can come any more. */
  #readLog(child: ChildProcess): Promise<void> {
    const pipe = child.stdio[LOG_FD] as Readable & { unref?: () => void };
    pipe.unref?.();
    return new Promise((resolve) => readLogPipe(pipe, (notice) => this.onNotice(notice), resolve));
  }

  #watchChild(child: ChildProcess): void {
    child.on('message', (message) => {
      if (isNotice(message)) this.#noticed(message);
    });
    child.stderr?.setEncoding('utf8');
    child.stderr?.on('data', (text: string) => {
      this.#lastWords = (this.#lastWords + text).slice(-LAST_WORDS_CHARS);
    });
    child.on('error', (error) => this.end({ reason: 'start-failed', detail: error.message }));
    child.on('exit', (code, signal) => {
      this.#cause.set(exitEnd(code, signal, this.#lastWords));
      this.#cpu?.stop();
      // What it has logged is read to its end, unless something it started keeps the pipe.
      this.#options.clock.after(LAST_LINES_MS, () => this.#resolveGone());
      void this.#logRead.then(() => this.#resolveGone());
    });
    child.on('disconnect', () => {
      // An exit says more; it is given the time it takes to be told.
      this.#options.clock.after(100, () =>
        this.end({ reason: 'channel-closed', detail: 'its IPC channel closed' }),
      );
    });
    // A pool without sessions does not keep its process alive, and its isolates do not either.
    child.unref();
    child.channel?.unref();
    (child.stderr as unknown as { unref?: () => void } | null)?.unref?.();
  }

  #noticed(message: ChildNotice): void {
    switch (message.tenantry) {
      case 'guest':
        this.onNotice(message.notice);
        return;
      case 'ending':
        this.#lastUse ??= message.use;
        this.end(message.end);
        return;
      case 'pressure':
        this.onPressure(message.pressure);
        return;
      case 'beat':
        this.silentMs = message.silentMs;
        return;
    }
  }

  #refuse(stream: number, error: unknown): void {
    const refused = { kind: 'refused', error: toWireError(error) } as const;
    this.#pipe!.deliver(stream, () => [0, 0, [], [], refused]);
  }
}

function isNotice(message: unknown): message is ChildNotice {
  return typeof message === 'object' && message !== null && 'tenantry' in message;
}

/** The child leads a process group; tenant code may have started more processes in it. */
function killGroup(pid: number): void {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, 'SIGKILL');
    } catch {
      // Already gone.
    }
  }
}

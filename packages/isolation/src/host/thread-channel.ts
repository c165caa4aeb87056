/**
 * A thread of this process: a Piscina pool of one worker, one task for a session's whole life. The
 * only file that knows piscina. Never hands it a session's signal: aborting a task replaces the
 * worker under all its sessions.
 */
import process from 'node:process';
import {
  MessageChannel,
  receiveMessageOnPort,
  type MessagePort,
  type Worker,
} from 'node:worker_threads';
import { wrap, type Remote } from 'comlink';
import { Piscina } from 'piscina';
import {
  GUEST_CONDITION,
  LoopCell,
  TenantryError,
  codeOf,
  dryRunFlags,
  type Clock,
} from '@tenantry/core/internal';
import {
  type AbortReason,
  type IsolateEnd,
  type PlaceReport,
  type SessionSpec,
  type WireError,
} from '@tenantry/core/internal';
import { BeatCell } from '../wire/beat-cell.js';
import type { GuestControl, ThreadSettings } from '../wire/control-api.js';
import { portEndpoint } from '../wire/endpoints.js';
import { valueCarrier, type FrameCarrier } from '../wire/frame-carrier.js';
import type {
  Assignment,
  BootReply,
  FrameRoute,
  GuestNotice,
  GuestTask,
  IsolateUse,
  Pressure,
} from '../wire/messages.js';
import { ControlCalls } from './control-calls.js';
import { threadCpu, watchCpu, type CpuWatch } from './cpu-watch.js';
import { FirstCause } from './first-cause.js';
import { watchBeats, type Heartbeat } from './heartbeat.js';
import type { IsolateChannel, IsolateIdentity } from './isolate-channel.js';
import { threadUse } from './isolate-use.js';
import { startWithin } from './start-within.js';
import { watchMemory, type MemoryWatch } from './memory-watch.js';
import { workerMemoryProbe } from './worker-memory.js';

const ENTRY = new URL('../guest/thread-entry.js', import.meta.url).href;
/** Tasks are sessions; how many there may be is decided long before. */
const ANY_NUMBER = 1_000_000;
const BYTES_PER_MB = 1_048_576;

export interface ThreadChannelOptions {
  readonly settings: ThreadSettings;
  readonly clock: Clock;
  /** Whether memory and CPU are watched here; a child is watched as a whole instead. */
  readonly watchesLimits: boolean;
  /** Where the guest finds the pipes to its host; null where it has ports instead. */
  readonly pipeFd: number | null;
  readonly logFd: number | null;
}

export class ThreadChannel implements IsolateChannel {
  readonly rung = 'thread';
  readonly profile = undefined;
  readonly gone: Promise<void>;
  onNotice: (notice: GuestNotice) => void = () => {};
  onPressure: (pressure: Pressure) => void = () => {};
  readonly #options: ThreadChannelOptions;
  readonly #cause = new FirstCause();
  readonly turnCell: LoopCell | undefined;
  readonly #cell = new BeatCell();
  readonly #calls: ControlCalls;
  #piscina: Piscina<GuestTask, BootReply | void> | undefined;
  #control: Remote<GuestControl> | undefined;
  #ports: MessagePort[] = [];
  #notices: MessagePort | undefined;
  #heartbeat: Heartbeat | undefined;
  #memory: MemoryWatch | undefined;
  #cpu: CpuWatch | undefined;
  #lastUse: IsolateUse | undefined;
  #resolveGone!: () => void;

  constructor(options: ThreadChannelOptions) {
    this.#options = options;
    this.gone = new Promise((resolve) => {
      this.#resolveGone = resolve;
    });
    const { clock, settings } = options;
    const { slowSessionThresholdMs } = settings;
    if (slowSessionThresholdMs !== null) {
      this.turnCell = new LoopCell();
      this.turnCell.thresholdMs = slowSessionThresholdMs;
    }
    this.#calls = new ControlCalls(clock, settings.callTimeoutMs, this.#cause.settled);
  }

  get ended(): Promise<IsolateEnd> {
    return this.#cause.settled;
  }

  get use(): IsolateUse {
    return this.#lastUse ?? threadUse(this.#cell);
  }

  get silentMs(): number {
    return this.#heartbeat?.silentMs ?? 0;
  }

  async start(): Promise<IsolateIdentity> {
    const { settings, clock } = this.#options;
    const rules = {
      what: 'thread',
      clock,
      deadlineMs: settings.startTimeoutMs,
      ended: this.#cause.settled,
      end: (cause: IsolateEnd) => this.end(cause),
    } as const;
    const { threadId } = await startWithin(rules, async () => {
      const piscina = this.#makePiscina();
      this.#piscina = piscina;
      this.#watchWorker(piscina.threads[0]!);
      return this.#boot(piscina);
    });
    this.#watchBeats();
    return { pid: process.pid, threadId };
  }

  assign(assignment: Assignment): Promise<void> {
    if (this.#options.watchesLimits) {
      this.#watchMemory(assignment);
      this.#watchCpu(assignment);
    }
    return this.#calls.call('assign', this.#guest.assign(assignment));
  }

  open(spec: SessionSpec, agentUrl: string): FrameCarrier {
    const { port1, port2 } = new MessageChannel();
    this.#run(spec, agentUrl, { kind: 'port', port: port2 }, [port2]);
    return valueCarrier(port1);
  }

  /** Runs a session whose frames the guest exchanges with its host directly. */
  openOnPipe(spec: SessionSpec, agentUrl: string, stream: number): void {
    this.#run(spec, agentUrl, { kind: 'pipe', stream }, []);
  }

  async abort(
    session: string,
    reason: AbortReason,
    detail: string | null,
    leave: boolean,
  ): Promise<void> {
    // Whoever asked has a deadline of their own; a guest that is gone has ended its sessions already.
    const heard = this.#guest.abort(session, reason, detail, leave);
    await this.#calls.call('abort', heard).catch(() => {});
  }

  slowSessionThreshold(thresholdMs: number): void {
    // Its clock looks there at every beat.
    if (this.turnCell !== undefined) this.turnCell.thresholdMs = thresholdMs;
  }

  preload(agentUrl: string): Promise<WireError | null> {
    const { startTimeoutMs, callTimeoutMs } = this.#options.settings;
    // The guest has the shorter deadline and says more when it misses it.
    return this.#calls.call(
      'preload',
      this.#guest.preload(agentUrl),
      startTimeoutMs + callTimeoutMs,
    );
  }

  report(): Promise<PlaceReport> {
    return this.#calls.call('report', this.#guest.report());
  }

  end(cause: IsolateEnd): void {
    this.#lastUse ??= this.use;
    this.#cause.set(cause);
    this.#heartbeat?.stop();
    this.#memory?.stop();
    this.#cpu?.stop();
    // Waits for the thread as long as it takes; the thread's own exit is what counts.
    if (this.#piscina === undefined) this.#resolveGone();
    else this.#piscina.destroy().catch(() => {});
  }

  get #guest(): Remote<GuestControl> {
    if (this.#control !== undefined) return this.#control;
    throw new TenantryError('TENANTRY_INTERNAL', 'the thread has not been started');
  }

  #run(spec: SessionSpec, agentUrl: string, route: FrameRoute, transferList: MessagePort[]): void {
    const task: GuestTask = { kind: 'session', spec, agentUrl, route };
    // Settles when the session has ended; how it ended is said in a frame, or by the worker's end.
    this.#piscina!.run(task, { transferList }).catch(() => {});
  }

  #makePiscina(): Piscina<GuestTask, BootReply | void> {
    const { heapHardLimitMb, isDryRun } = this.#options.settings;
    const piscina = new Piscina<GuestTask, BootReply | void>({
      filename: ENTRY,
      minThreads: 1,
      maxThreads: 1,
      concurrentTasksPerWorker: ANY_NUMBER,
      idleTimeout: Number.POSITIVE_INFINITY,
      // 'sync' would stop the guest's loop between tasks: no timers, no beats, no control calls.
      atomics: 'disabled',
      recordTiming: false,
      // Nothing of the host's environment or flags; what a tenant may see is assigned by name.
      env: {},
      execArgv: [GUEST_CONDITION, ...(isDryRun ? dryRunFlags() : [])],
      ...(heapHardLimitMb === null
        ? {}
        : { resourceLimits: { maxOldGenerationSizeMb: Math.ceil(heapHardLimitMb) } }),
    });
    // Without a listener, what a guest throws between tasks would end the host.
    piscina.on('error', () => {});
    return piscina;
  }

  #boot(piscina: Piscina<GuestTask, BootReply | void>): Promise<BootReply> {
    const { settings } = this.#options;
    const control = new MessageChannel();
    const notices = new MessageChannel();
    this.#ports = [control.port1, notices.port1];
    this.#notices = notices.port1;
    notices.port1.on('message', (notice: GuestNotice) => this.#noticed(notice));
    for (const port of this.#ports) port.unref();
    this.#control = wrap<GuestControl>(portEndpoint(control.port1));
    control.port1.unref();
    return piscina.run(
      {
        kind: 'boot',
        control: control.port2,
        notices: notices.port2,
        beat: this.#cell.buffer,
        turns: this.turnCell?.buffer ?? null,
        limits: settings.limits,
        maxOutputBytesPerSecond: settings.maxOutputBytesPerSecond,
        logLevel: settings.logLevel,
        startTimeoutMs: settings.startTimeoutMs,
        isDryRun: settings.isDryRun,
        pipeFd: this.#options.pipeFd,
        logFd: this.#options.logFd,
      },
      { transferList: [control.port2, notices.port2] },
    ) as Promise<BootReply>;
  }

  #noticed(notice: GuestNotice): void {
    if (notice.kind === 'uncaught') {
      this.#cause.set({ reason: 'uncaught', detail: notice.error.message });
    }
    this.onNotice(notice);
  }

  #takeNotices(): void {
    if (this.#notices === undefined) return;
    for (let next = receiveMessageOnPort(this.#notices); next !== undefined;) {
      this.#noticed(next.message as GuestNotice);
      next = receiveMessageOnPort(this.#notices);
    }
  }

  #watchWorker(worker: Worker): void {
    // Whatever ends the worker ends its pool, which would only replace it.
    worker.on('error', (error: unknown) => {
      const oom = codeOf(error) === 'ERR_WORKER_OUT_OF_MEMORY';
      const message = (error as { message?: unknown } | null)?.message;
      this.end({ reason: oom ? 'oom-heap' : 'uncaught', detail: String(message ?? error) });
    });
    worker.on('exit', (code: number) => {
      this.#resolveGone();
      // A notice sent before the exit is delivered after it, however many wait.
      setImmediate(() => {
        this.#takeNotices();
        this.end({ reason: 'exit', detail: `exit code ${code}` });
        for (const port of this.#ports.splice(0)) port.close();
      });
    });
  }

  #watchBeats(): void {
    const { clock, settings } = this.#options;
    this.#heartbeat = watchBeats(clock, this.#cell, settings.unresponsiveMs, (silentMs) => {
      this.end({ reason: 'unresponsive', detail: `no sign of life for ${silentMs} ms` });
    });
  }

  #watchMemory({ memoryLimitMb: limitMb, softLimitRatio }: Assignment): void {
    const worker = this.#piscina?.threads[0];
    if (limitMb === null || worker === undefined) return;
    const probe = workerMemoryProbe(worker, this.#cell);
    const said = (usedMb: number): string =>
      `${usedMb.toFixed(0)} MB of heap and Buffers, the limit is ${limitMb} MB`;
    this.#memory = watchMemory(
      this.#options.clock,
      probe,
      limitMb,
      (usedMb) => {
        // It may be too busy to have said so itself.
        this.#lastUse ??= { ...this.use, memoryBytes: usedMb * BYTES_PER_MB };
        this.end({ reason: 'memory-limit', detail: said(usedMb) });
      },
      {
        softLimitRatio,
        onNear: (used) =>
          this.onPressure({ reason: 'memory-limit', used, limit: limitMb, detail: said(used) }),
      },
    );
  }

  #watchCpu({ cpuLimitSeconds, softLimitRatio }: Assignment): void {
    if (cpuLimitSeconds === null) return;
    this.#cpu = watchCpu(this.#options.clock, threadCpu(this.#cell.kernelThreadId), {
      limitSeconds: cpuLimitSeconds,
      softLimitRatio,
      onNear: (pressure) => this.onPressure(pressure),
      onOver: (detail) => this.end({ reason: 'cpu-limit', detail }),
    });
    if (this.#cpu === undefined) this.onNotice({ kind: 'no-cpu-limit' });
  }
}

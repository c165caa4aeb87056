/**
 * Isolates that exist in simulated time only: they boot, run sessions as their fates say, crash with
 * all they run, are given up and left idle. Nothing of it is real but the port they are reached by.
 */
import { MessageLimits } from '../../src/channel/message-limits.js';
import { JoinedEnds } from '../../src/channel/session-channel.js';
import { TenantryError } from '../../src/errors/errors.js';
import type { OnSessionEnd, SessionEnd } from '../../src/host/session-end.js';
import type { SessionSpec } from '../../src/host/session-spec.js';
import type { Executor, Placed, PreparedPlace } from '../../src/placement/executor.js';
import type { IsolatesContext } from '../../src/placement/isolates-port.js';
import type { IsolateEndReason, IsolateRecord, RetiredFigures } from '../../src/snapshot/report.js';
import type { TenantSettings } from '../../src/tenant/tenant-options.js';
import type { Clock, Timer } from '../../src/time/clock.js';
import type { AbortReason, EndReason } from '../../src/vocabulary/end-reason.js';
import { rungOf, type Rung } from '../../src/vocabulary/rung.js';
import type { Fate } from './fate.js';

const BOOT_MS = 150;
const LATE_MS = 4_000;
const HEED_MS = 20;
const LIMITS = MessageLimits.parse({});

interface Isolate {
  readonly name: string;
  readonly tenant: string;
  readonly rung: Rung;
  readonly runs: Set<Run>;
  readonly readyMs: number;
  idle: Timer | undefined;
}

interface Run {
  readonly spec: SessionSpec;
  readonly fate: Fate;
  readonly timers: Timer[];
  /** Answers the pool; harmless after the first time. */
  end(end: SessionEnd): void;
}

type Entered = (open: number, rung: Rung) => void;

export class SimulatedIsolates implements Executor {
  readonly #clock: Clock;
  readonly #entered: Entered;
  readonly #isolates = new Map<string, Isolate>();
  readonly #crashesMs = new Map<string, number[]>();
  #context: IsolatesContext | undefined;
  #bootedEver = 0;
  #endedCount = 0;

  /** `entered` hears of each session before anything becomes of it. */
  constructor(clock: Clock, entered: Entered) {
    this.#clock = clock;
    this.#entered = entered;
  }

  readonly factory = (context: IsolatesContext): Executor => {
    this.#context = context;
    return this;
  };

  get context(): IsolatesContext {
    return this.#context!;
  }

  get count(): number {
    return this.#isolates.size;
  }

  async start(spec: SessionSpec, settings: TenantSettings, onEnd: OnSessionEnd): Promise<Placed> {
    const fate = spec.input as Fate;
    const rung = rungOf(settings.isolation, settings.isolate);
    this.#entered(fate.open, rung);
    if (fate.start === 'refused') {
      throw new TenantryError('TENANTRY_ISOLATE_START_FAILED', 'it could not be started');
    }
    const isolate = this.#isolateOf(spec.tenant, rung);
    const run = this.#runIn(isolate, spec, fate, onEnd);
    const placed = this.#placedIn(isolate, run);
    if (fate.start === 'ends-early') run.end({ reason: 'completed', result: null });
    const waitMs = Math.max(0, isolate.readyMs - this.#clock.nowMs());
    const enterMs = fate.start === 'late' ? LATE_MS : 5;
    await new Promise<void>((resolve) => this.#clock.after(waitMs + enterMs, resolve));
    if (fate.start === 'dies') this.#die(isolate, 'exit', 'isolate-crashed', run);
    if (fate.start !== 'ends-early' && !isolate.runs.has(run)) {
      throw new TenantryError('TENANTRY_ISOLATE_CRASHED', 'it ended while the session started');
    }
    this.#live(isolate, run);
    return placed;
  }

  async prepare(): Promise<PreparedPlace> {
    throw new TenantryError('TENANTRY_ISOLATE_LIMIT', 'no simulated session is moved alive');
  }

  async refresh(): Promise<void> {}

  records(): readonly IsolateRecord[] {
    return [...this.#isolates.values()].map(({ name, tenant, rung, readyMs }) => ({
      isolate: name,
      tenant,
      rung,
      scope: 'tenant',
      pid: null,
      threadId: null,
      state: readyMs > this.#clock.nowMs() ? 'starting' : 'ready',
      reportAgeMs: null,
      report: null,
      memoryLimitMb: null,
      restarts: 0,
      lastEnd: null,
    }));
  }

  retired(): RetiredFigures {
    return { isolates: this.#endedCount, cpuMs: 0, tenantCpuMs: {} };
  }

  async close(): Promise<void> {
    for (const isolate of this.#isolates.values()) this.#remove(isolate);
  }

  #isolateOf(tenant: string, rung: Rung): Isolate {
    const key = `${rung} ${tenant}`;
    const known = this.#isolates.get(key);
    if (known !== undefined) return known;
    const { maxIsolates } = this.context.options;
    if (this.#isolates.size >= maxIsolates) {
      throw new TenantryError('TENANTRY_ISOLATE_LIMIT', `${maxIsolates} isolates run`);
    }
    const isolate: Isolate = {
      name: `${rung}-${(this.#bootedEver += 1)}`,
      tenant,
      rung,
      runs: new Set(),
      readyMs: this.#clock.nowMs() + BOOT_MS,
      idle: undefined,
    };
    this.#isolates.set(key, isolate);
    return isolate;
  }

  #runIn(isolate: Isolate, spec: SessionSpec, fate: Fate, onEnd: OnSessionEnd): Run {
    const run: Run = {
      spec,
      fate,
      timers: [],
      end: (end) => {
        if (!isolate.runs.delete(run)) return;
        for (const timer of run.timers) timer.cancel();
        if (isolate.runs.size === 0 && this.#isHere(isolate)) {
          const { isolateIdleMs } = this.context.options;
          isolate.idle = this.#clock.after(isolateIdleMs, () => this.#remove(isolate));
        }
        onEnd(end);
      },
    };
    isolate.idle?.cancel();
    isolate.runs.add(run);
    return run;
  }

  /** Its agent has been entered. */
  #live(isolate: Isolate, run: Run): void {
    const { fate, spec } = run;
    const after = (then: () => void): void => {
      run.timers.push(this.#clock.after(fate.afterMs, then));
    };
    if (fate.run === 'fails') {
      after(() => run.end({ reason: 'failed', error: new Error('as it does') }));
    } else if (fate.run === 'crashes') {
      after(() => this.#die(isolate, 'signal', 'isolate-crashed', run));
    } else if (fate.run === 'swells') {
      after(() => this.#die(isolate, 'oom-heap', 'memory-limit', run));
    } else if (fate.run === 'completes' || fate.run === 'blocks') {
      after(() => run.end({ reason: 'completed', result: spec.id }));
    }
  }

  #placedIn(isolate: Isolate, run: Run): Placed {
    const { client } = new JoinedEnds(LIMITS, () => this.#clock.nowMs());
    const abort = (reason: AbortReason): void => {
      if (run.fate.run === 'deaf') return;
      const end = (): void => run.end({ reason, error: new Error(reason) });
      run.timers.push(this.#clock.after(HEED_MS, end));
    };
    return {
      rung: isolate.rung,
      isolate: isolate.name,
      client,
      closeInput: () => {},
      abort,
      notice: () => {},
      hearFacts: () => {},
      askCarryable: (answer) => answer(false),
      askMove: (answer) => answer({ kind: 'kept', why: 'not-carryable' }),
      keepHere: () => {},
      abandon: (reason) => this.#die(isolate, 'unresponsive', reason, run),
    };
  }

  #die(isolate: Isolate, reason: IsolateEndReason, of: EndReason, offender: Run): void {
    if (!this.#isHere(isolate)) return;
    const lost = [...isolate.runs];
    this.#remove(isolate);
    this.context.emit({
      kind: 'isolate.ended',
      isolate: isolate.name,
      tenant: isolate.tenant,
      rung: isolate.rung,
      reason,
      detail: reason,
      abnormal: true,
      offender: offender.spec.id,
      sessionsLost: lost.length,
    });
    this.#countCrash(isolate.tenant);
    for (const run of lost) {
      const why = run === offender ? (of as AbortReason) : 'isolate-crashed';
      run.end({ reason: why, error: new Error(reason) });
    }
  }

  /** One that crashes more often than the restart options allow is given up for a while. */
  #countCrash(tenant: string): void {
    const { intensity, periodMs, quarantineMs } = this.context.options.restart;
    const sinceMs = this.#clock.nowMs() - periodMs;
    const crashes = (this.#crashesMs.get(tenant) ?? []).filter((atMs) => atMs > sinceMs);
    crashes.push(this.#clock.nowMs());
    const isTooOften = crashes.length > intensity;
    this.#crashesMs.set(tenant, isTooOften ? [] : crashes);
    if (!isTooOften) return;
    const { length: restarts } = crashes;
    this.context.emit({
      kind: 'isolate.gave-up',
      tenant,
      restarts,
      quarantinedForMs: quarantineMs,
    });
  }

  #isHere(isolate: Isolate): boolean {
    return this.#isolates.get(`${isolate.rung} ${isolate.tenant}`) === isolate;
  }

  #remove(isolate: Isolate): void {
    isolate.idle?.cancel();
    if (!this.#isHere(isolate)) return;
    this.#isolates.delete(`${isolate.rung} ${isolate.tenant}`);
    this.#endedCount += 1;
  }
}

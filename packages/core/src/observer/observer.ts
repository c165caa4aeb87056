/**
 * This side of the observer thread: one for the process, shared by its pools. Starts it, keeps it fed,
 * starts it again when it dies; never waits for it longer than it has to. What is observed is told to
 * the pools, which decide what it means.
 */
import process from 'node:process';
import { Worker } from 'node:worker_threads';
import { sharedNowMs, type LoopCell } from '../attribution/loop-cell.js';
import { runAsNobody } from '../attribution/turn-scope.js';
import { TenantryError, codeOf } from '../errors/errors.js';
import { toWireError } from '../errors/wire-error.js';
import type { MetricsFormat } from '../exposition/metrics-format.js';
import type { MetricsSummary } from '../exposition/metrics-summary.js';
import type { MetricsText } from '../exposition/metrics-text.js';
import type { InspectorRequest, TargetedProfile } from '../inspector/inspector-protocol.js';
import { BUNDLE_DEADLINE_MS, type PoolBundle } from '../inspector/pool-bundle.js';
import { profileDeadlineMs, type PoolProfile } from '../inspector/pool-profile.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import type { Member, ObservedPool } from './observed-pool.js';
import { ObserverCalls } from './observer-calls.js';
import type {
  FromObserver,
  ObserverData,
  ServedRequest,
  ToObserver,
  ToldObserver,
} from './observer-protocol.js';

const ENTRY = new URL('./observer-thread.js', import.meta.url);
/** Its heap holds a snapshot or two, and for a moment a profile; more would be a leak. */
const HEAP_MB = 512;
const HOLD_INTERVAL_MS = 1_000;
/** Making a snapshot takes at most so large a part of the main loop's time. */
const HOLD_COST_RATIO = 0.005;
/** A snapshot that is not completed within this is good enough as it is. */
const COMPLETE_TIMEOUT_MS = 250;
/** A connection is closed within a few ms. */
const EXIT_DEADLINE_MS = 200;
/** A bundle that is being made when its pool is closed. */
const SETTLE_TIMEOUT_MS = 10_000;
/** It answers when its thread has booted, which takes seconds where many processes start at once. */
const SERVE_TIMEOUT_MS = 30_000;
const FIRST_RESTART_MS = 200;
const LONGEST_RESTART_MS = 30_000;

export type ObserverState = 'watching' | 'lost';

export class Observer {
  readonly #mainCell: LoopCell;
  readonly #members = new Map<number, Member>();
  readonly #calls = new ObserverCalls((message) => this.#post(message));
  #worker: Worker;
  #holdTimer: NodeJS.Timeout;
  #nextId = 1;
  #isClosing = false;
  restarts = 0;
  state: ObserverState = 'watching';

  constructor(mainCell: LoopCell) {
    this.#mainCell = mainCell;
    this.#worker = this.#launch();
    process.once('exit', this.#beforeExit);
    this.#holdTimer = runAsNobody(() =>
      setInterval(() => this.#holdAll(), HOLD_INTERVAL_MS).unref(),
    );
  }

  get isEmpty(): boolean {
    return this.#members.size === 0;
  }

  /**
   * Serves a pool's socket and watches for it; answers the number it is known by.
   * @throws TENANTRY_SOCKET_*
   */
  async join(pool: ObservedPool): Promise<number> {
    const member: Member = {
      id: this.#nextId++,
      pool,
      isolates: new Map(),
      nextHoldMs: 0,
      nextSummaryMs: 0,
      isOpen: false,
    };
    this.#members.set(member.id, member);
    try {
      await this.#serve(member);
    } catch (error) {
      this.#members.delete(member.id);
      throw error;
    }
    return member.id;
  }

  async leave(id: number): Promise<void> {
    if (this.#members.get(id)?.pool.incidents !== undefined && this.state === 'watching') {
      await this.#calls
        .ask((call) => ({ kind: 'settle-incidents', pool: id, call }), SETTLE_TIMEOUT_MS)
        .catch(() => {});
    }
    this.#members.delete(id);
    await this.#calls.ask((call) => ({ kind: 'stop-serving', pool: id, call })).catch(() => {});
  }

  thresholdChanged(id: number): void {
    const member = this.#members.get(id);
    if (member !== undefined) this.#tellThreshold(member);
  }

  watch(id: number, isolate: string, cell: LoopCell, threadId: number): void {
    const message = { kind: 'watch', pool: id, isolate, cell: cell.buffer, threadId } as const;
    this.#members.get(id)?.isolates.set(isolate, message);
    this.#post(message);
  }

  unwatch(id: number, isolate: string): void {
    this.#members.get(id)?.isolates.delete(isolate);
    this.#post({ kind: 'unwatch', pool: id, isolate });
  }

  /** What it does not answer. */
  tell(id: number, message: ToldObserver): void {
    this.#post({ ...message, pool: id });
  }

  /** From now on snapshots are kept for whoever asks while the main loop cannot answer. */
  opened(id: number): void {
    const member = this.#members.get(id);
    if (member === undefined) return;
    member.isOpen = true;
    this.#holdAll();
  }

  /** The snapshot with what only the observer knows; as it is where the observer does not answer. */
  async complete(id: number, snapshot: Snapshot): Promise<Snapshot> {
    if (this.state === 'lost') return snapshot;
    const completed = this.#calls.ask(
      (call) => ({ kind: 'complete', pool: id, call, snapshot }),
      COMPLETE_TIMEOUT_MS,
    );
    return (await completed.catch(() => snapshot)) as Snapshot;
  }

  /** The text of a summary, made on the observer's thread; undefined where that does not answer. */
  async metricsText(
    id: number,
    summary: MetricsSummary,
    format: MetricsFormat,
  ): Promise<MetricsText | undefined> {
    if (this.state === 'lost') return undefined;
    const made = this.#calls.ask(
      (call) => ({ kind: 'metrics', pool: id, call, summary, format }),
      COMPLETE_TIMEOUT_MS,
    );
    return (await made.catch(() => undefined)) as MetricsText | undefined;
  }

  /** @throws TENANTRY_PROFILE_*, TENANTRY_POOL_CLOSED */
  profile(id: number, request: TargetedProfile): Promise<PoolProfile> {
    const message = { kind: 'profile', pool: id, request } as const;
    return this.#served(message, profileDeadlineMs(request, 3), 'TENANTRY_PROFILE_UNAVAILABLE');
  }

  /** @throws TENANTRY_BUNDLE_*, TENANTRY_TENANT_UNKNOWN, TENANTRY_POOL_CLOSED */
  bundle(id: number, tenant: string | null): Promise<PoolBundle> {
    const message = { kind: 'bundle', pool: id, tenant } as const;
    return this.#served(message, BUNDLE_DEADLINE_MS, 'TENANTRY_BUNDLE_UNAVAILABLE');
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    process.off('exit', this.#beforeExit);
    clearInterval(this.#holdTimer);
    await this.#worker.terminate();
    this.#calls.failAll(new TenantryError('TENANTRY_POOL_CLOSED', 'the pool is closed'));
  }

  /**
   * Node waits for open inspector connections before it exits, and says so on stderr. The thread
   * answers while this loop runs, and then the observer closes what it has open.
   */
  readonly #beforeExit = (): void => {
    this.#mainCell.isEnding = true;
    if (this.#mainCell.connections > 0) this.#post({ kind: 'exiting' });
    const endMs = performance.now() + EXIT_DEADLINE_MS;
    while (this.#mainCell.connections > 0 && performance.now() < endMs);
  };

  #launch(): Worker {
    const data: ObserverData = { mainCell: this.#mainCell.buffer };
    const worker = runAsNobody(
      () =>
        new Worker(ENTRY, {
          workerData: data,
          name: 'tenantry-observer',
          execArgv: [],
          resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: 4 },
        }),
    );
    worker.on('message', (message: FromObserver) => this.#heard(message));
    let detail = 'it ended by itself';
    worker.on('error', (error: Error) => (detail = error.message));
    worker.on('exit', (code) => this.#exited(`${detail} (exit code ${code})`));
    // Last: a listener for messages would have it keep the process alive again.
    worker.unref();
    return worker;
  }

  #exited(detail: string): void {
    if (this.#isClosing) return;
    this.state = 'lost';
    this.#mainCell.connections = 0;
    this.restarts += 1;
    this.#calls.failAll(new Error(`the observer: ${detail}`));
    for (const { pool } of this.#members.values()) pool.lost(detail, this.restarts);
    const delayMs = Math.min(LONGEST_RESTART_MS, FIRST_RESTART_MS * 2 ** (this.restarts - 1));
    setTimeout(() => void this.#restart(), delayMs).unref();
  }

  async #restart(): Promise<void> {
    if (this.#isClosing) return;
    this.#worker = this.#launch();
    this.state = 'watching';
    for (const member of this.#members.values()) {
      for (const message of member.isolates.values()) this.#post(message);
      // A path that another process has taken meanwhile is that process's; watching goes on.
      await this.#serve(member).catch((error: Error) => {
        member.pool.lost(error.message, this.restarts);
      });
    }
  }

  async #serve(member: Member): Promise<void> {
    const { id, pool } = member;
    const { socketPath, log } = pool;
    await this.#calls.ask(
      (call) => ({ kind: 'serve', pool: id, call, socketPath, log }),
      SERVE_TIMEOUT_MS,
    );
    const { incidents } = pool;
    if (incidents !== undefined) {
      const { ring, rules } = incidents;
      this.#post({ kind: 'record-incidents', pool: id, ring, rules });
    }
    this.#tellThreshold(member);
  }

  #tellThreshold({ id, pool }: Member): void {
    this.#post({ kind: 'threshold', pool: id, thresholdMs: pool.thresholdMs() });
  }

  #heard(message: FromObserver): void {
    switch (message.kind) {
      case 'done':
        this.#calls.answered(message);
        return;
      case 'ask':
        void this.#answer(message.pool, message.call, message.request as InspectorRequest);
        return;
      case 'main-facts': {
        const { call, pool, trigger } = message;
        const value = this.#members.get(pool)?.pool.incidents?.facts(trigger);
        this.#post({ kind: 'answer', call, value });
        return;
      }
      case 'incident':
        this.#members.get(message.pool)?.pool.incidents?.told(message.incident);
        return;
      case 'profile-child':
        void this.#profileChild(message);
        return;
      case 'captured':
      case 'blocked':
      case 'over':
        for (const { id, pool } of this.#members.values()) {
          if (message.pool !== null && message.pool !== id) continue;
          pool.seen(message.kind, message.block, message.loggedFor.includes(id));
        }
        return;
    }
  }

  async #profileChild(message: Extract<FromObserver, { kind: 'profile-child' }>): Promise<void> {
    const { pool, call, isolate, request, untilMs } = message;
    // This loop was blocked for so long that nobody waits any more.
    if (sharedNowMs() > untilMs) return;
    try {
      const value = await this.#poolOf(pool).profileChild(isolate, request);
      this.#post({ kind: 'answer', call, value });
    } catch (error) {
      this.#post({ kind: 'answer', call, error: toWireError(error) });
    }
  }

  #poolOf(id: number): ObservedPool {
    const member = this.#members.get(id);
    if (member !== undefined) return member.pool;
    throw new TenantryError('TENANTRY_POOL_CLOSED', 'the pool is closed');
  }

  async #answer(id: number, call: number, request: InspectorRequest): Promise<void> {
    try {
      const value = await this.#poolOf(id).answer(request);
      if (request.command === 'snapshot') {
        this.#post({ kind: 'hold', pool: id, snapshot: value as Snapshot, call });
      } else if (request.command === 'metrics') {
        this.#post({ kind: 'hold-summary', pool: id, summary: value as MetricsSummary, call });
      } else {
        this.#post({ kind: 'answer', call, value });
      }
    } catch (error) {
      this.#post({ kind: 'answer', call, error: toWireError(error) });
    }
  }

  #holdAll(): void {
    for (const [pool, member] of this.#members) {
      if (!member.isOpen) continue;
      member.nextSummaryMs = this.#hold(member.nextSummaryMs, () => {
        this.#post({ kind: 'hold-summary', pool, summary: member.pool.summary(), call: null });
      });
      member.nextHoldMs = this.#hold(member.nextHoldMs, () => {
        this.#post({ kind: 'hold', pool, snapshot: member.pool.snapshot(), call: null });
      });
    }
  }

  /** Makes what is due and answers when it is due again. */
  #hold(dueMs: number, make: () => void): number {
    const startMs = performance.now();
    if (startMs < dueMs) return dueMs;
    make();
    const costMs = performance.now() - startMs;
    return startMs + costMs / HOLD_COST_RATIO - HOLD_INTERVAL_MS / 2;
  }

  /** What the thread does itself; where there is none, that is said with `code`. */
  async #served<T>(
    message: ServedRequest,
    timeoutMs: number,
    code: 'TENANTRY_PROFILE_UNAVAILABLE' | 'TENANTRY_BUNDLE_UNAVAILABLE',
  ): Promise<T> {
    const none = (detail: string): TenantryError =>
      new TenantryError(code, `no observer serves the pool: ${detail}`);
    if (this.state === 'lost') throw none('it is being started again');
    try {
      return (await this.#calls.ask((call) => ({ ...message, call }), timeoutMs)) as T;
    } catch (error) {
      throw codeOf(error) === undefined ? none((error as Error).message) : error;
    }
  }

  #post(message: ToObserver): void {
    this.#worker.postMessage(message);
  }
}

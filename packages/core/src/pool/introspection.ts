/**
 * What a pool sees of itself: joins the turn clock and the observer of its process, keeps the books of
 * blocks, and tells of each one. With `enableIntrospection: false` none of this is made.
 */
import {
  agreeOnThreshold,
  isLoopShared,
  joinTurns,
  leaveTurns,
  type TurnParty,
} from '../attribution/loop-turns.js';
import type { LoopCell } from '../attribution/loop-cell.js';
import { plainTurn, type TurnClock } from '../attribution/turn-clock.js';
import { TenantryError, shown } from '../errors/errors.js';
import {
  THRESHOLD_BOUNDS_MS,
  parseProfile,
  type InspectorRequest,
} from '../inspector/inspector-protocol.js';
import type { HealthFacts } from '../exposition/health.js';
import type { MetricsFormat } from '../exposition/metrics-format.js';
import type { MetricsSummary } from '../exposition/metrics-summary.js';
import type { MetricsText } from '../exposition/metrics-text.js';
import type { IncidentTrigger } from '../bundle/bundle-parts.js';
import type { BundleOptions, PoolBundle } from '../inspector/pool-bundle.js';
import type { ControlRequest, ExplainRequest } from '../inspector/control.js';
import type { DeadLetterQuestion } from '../inspector/dead-letter-request.js';
import {
  PROFILE_SECONDS,
  type PoolProfile,
  type ProfileOptions,
  type ProfileRequest,
  type WrittenProfile,
} from '../inspector/pool-profile.js';
import type { Log } from '../log/log.js';
import { BlockDesk } from '../observer/block-desk.js';
import { blockText } from '../observer/block-text.js';
import type { BlockPhase, SeenBlock } from '../observer/loop-watch.js';
import type { DirectLog } from '../log/direct-log.js';
import type { ObservedIncidents } from '../observer/observed-pool.js';
import { Observer } from '../observer/observer.js';
import type { EmitRuntimeEvent } from '../events/runtime-event.js';
import type { IsolateIntrospection } from '../placement/isolates-port.js';
import type { BlockRow, ObserverFigures } from '../snapshot/figures.js';
import type { SettingRow } from '../inspector/setting.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import type { Clock } from '../time/clock.js';
import { parseTenantId } from '../vocabulary/names.js';
import { SHARED_LOOP } from '../vocabulary/rung.js';

export interface IntrospectionParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly directLog: DirectLog | null;
  readonly socketPath: string;
  readonly thresholdMs: number;
  readonly emit: EmitRuntimeEvent;
  /** Undefined where none are recorded. */
  readonly incidents: ObservedIncidents | undefined;
  /** Whether a session is one of this pool's that has not ended. */
  isOpen(session: string): boolean;
  /** Whether a turn is this pool's by the id of its owner, also when that session has just ended. */
  ownsTurn(owner: string): boolean;
  /** As it is now, without asking anyone. */
  snapshot(): Snapshot;
  /** What metrics are made of, likewise. */
  summary(): MetricsSummary;
  health(): HealthFacts;
  /** After every isolate has been asked. */
  freshSnapshot(): Promise<Snapshot>;
  settings(): SettingRow[];
  /** Carries out what a person asks for. */
  control(request: ControlRequest | ExplainRequest | DeadLetterQuestion): Promise<unknown>;
}

type TakesProfile = (request: ProfileRequest) => Promise<WrittenProfile>;

/** One for the process; made by the first pool that needs it. */
let observer: Observer | undefined;

export class Introspection {
  readonly desk: BlockDesk;
  readonly turns: TurnClock;
  readonly #parts: IntrospectionParts;
  readonly #party: TurnParty;
  readonly #thresholdListeners = new Set<(thresholdMs: number) => void>();
  /** Of each child that runs. */
  readonly #takesProfile = new Map<string, TakesProfile>();
  readonly #threads = new Set<string>();
  #thresholdMs: number;
  #observer: Observer | undefined;
  #id: number | undefined;
  #starting: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(parts: IntrospectionParts) {
    this.#parts = parts;
    this.#thresholdMs = parts.thresholdMs;
    this.desk = new BlockDesk(parts.clock, () => this.#thresholdMs, {
      block: (row, isLogged) => this.#tell(row, isLogged),
      isOpen: (session) => parts.isOpen(session),
    });
    this.#party = {
      thresholdMs: parts.thresholdMs,
      owns: ({ id }) => this.#owns(id),
      onLongTurn: (turn) => this.desk.ended(SHARED_LOOP, plainTurn(turn)),
    };
    this.turns = joinTurns(this.#party);
  }

  get thresholdMs(): number {
    return this.#thresholdMs;
  }

  /** @throws TENANTRY_OPTIONS_INVALID */
  set thresholdMs(thresholdMs: number) {
    const { min, max } = THRESHOLD_BOUNDS_MS;
    if (!(thresholdMs >= min && thresholdMs <= max)) {
      throw new TenantryError(
        'TENANTRY_OPTIONS_INVALID',
        `slowSessionThresholdMs: expected ${min} to ${max}, received ${shown(thresholdMs)}`,
      );
    }
    this.#thresholdMs = thresholdMs;
    this.#party.thresholdMs = thresholdMs;
    agreeOnThreshold();
    if (this.#id !== undefined) this.#observer?.thresholdChanged(this.#id);
    for (const listener of this.#thresholdListeners) listener(thresholdMs);
  }

  get figures(): ObserverFigures {
    return {
      state: this.#observer?.state ?? 'lost',
      restarts: this.#observer?.restarts ?? 0,
      heldForMs: 0,
      slowSessionThresholdMs: this.#thresholdMs,
    };
  }

  /** What isolates are watched with. */
  get isolates(): IsolateIntrospection {
    return {
      thresholdMs: () => this.#thresholdMs,
      onThreshold: (listener) => {
        this.#thresholdListeners.add(listener);
        return () => void this.#thresholdListeners.delete(listener);
      },
      watch: (isolate: string, cell: LoopCell, threadId: number) => {
        this.#observer!.watch(this.#id!, isolate, cell, threadId);
        this.#threads.add(isolate);
        return () => {
          this.#observer?.unwatch(this.#id!, isolate);
          this.#threads.delete(isolate);
        };
      },
      seen: (phase, block) => {
        this.desk.seen(phase, block, false);
      },
      offerProfiles: (isolate, take) => {
        this.#takesProfile.set(isolate, take);
        return () => void this.#takesProfile.delete(isolate);
      },
      ended: (isolate, turn) => this.desk.ended(isolate, turn),
      isolateEnded: (isolate) => this.desk.isolateEnded(isolate),
    };
  }

  /** @throws TENANTRY_SOCKET_* */
  start(): Promise<void> {
    this.#starting ??= this.#start();
    return this.#starting;
  }

  async #start(): Promise<void> {
    const { socketPath, directLog } = this.#parts;
    observer ??= new Observer(this.turns.cell);
    this.#observer = observer;
    this.#id = await observer.join({
      socketPath,
      log: directLog,
      thresholdMs: () => this.#thresholdMs,
      snapshot: () => this.#parts.snapshot(),
      summary: () => this.#parts.summary(),
      answer: (request) => this.#answer(request),
      profileChild: (isolate, request) => this.#profileChild(isolate, request),
      seen: (phase, block, isLogged) => this.#seen(phase, block, isLogged),
      incidents: this.#parts.incidents,
      lost: (detail, restarts) => this.#parts.emit({ kind: 'observer.ended', detail, restarts }),
    });
  }

  complete(snapshot: Snapshot): Promise<Snapshot> {
    if (this.#observer === undefined || this.#id === undefined) return Promise.resolve(snapshot);
    return this.#observer.complete(this.#id, snapshot);
  }

  /** A summary as text, made off this thread; undefined where nobody is there to make it. */
  async metricsText(
    summary: MetricsSummary,
    format: MetricsFormat,
  ): Promise<MetricsText | undefined> {
    if (this.#observer === undefined || this.#id === undefined) return undefined;
    return this.#observer.metricsText(this.#id, summary, format);
  }

  /** @throws TENANTRY_OPTIONS_INVALID, TENANTRY_PROFILE_*, TENANTRY_POOL_CLOSED */
  async profile(options: ProfileOptions): Promise<PoolProfile> {
    const { target, type = 'cpu', seconds = PROFILE_SECONDS.usual } = options;
    const request = parseProfile({ target, type, seconds });
    if (this.#observer === undefined || this.#id === undefined) {
      throw new TenantryError('TENANTRY_POOL_CLOSED', 'the pool is closed');
    }
    return this.#observer.profile(this.#id, request);
  }

  incident(trigger: IncidentTrigger): void {
    if (this.#id !== undefined) this.#observer?.tell(this.#id, { kind: 'incident', trigger });
  }

  longBlock(block: BlockRow): void {
    if (this.#id !== undefined) this.#observer?.tell(this.#id, { kind: 'long-block', block });
  }

  /** @throws TENANTRY_BUNDLE_*, TENANTRY_TENANT_UNKNOWN, TENANTRY_TENANT_ID_INVALID, TENANTRY_POOL_CLOSED */
  async bundle({ tenant }: BundleOptions): Promise<PoolBundle> {
    const id = tenant === undefined ? null : parseTenantId(tenant);
    if (this.#observer === undefined || this.#id === undefined) {
      throw new TenantryError('TENANTRY_POOL_CLOSED', 'the pool is closed');
    }
    return this.#observer.bundle(this.#id, id);
  }

  async #profileChild(isolate: string, request: ProfileRequest): Promise<WrittenProfile> {
    const take = this.#takesProfile.get(isolate);
    if (take !== undefined) return take(request);
    throw new TenantryError('TENANTRY_PROFILE_TARGET_ENDED', 'it is gone');
  }

  /** The pool is open: its state is worth keeping. */
  opened(): void {
    if (this.#id !== undefined) this.#observer?.opened(this.#id);
  }

  /** Also while it starts, and more than once. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#starting?.catch(() => {});
    const mine = this.#observer;
    this.#observer = undefined;
    if (mine !== undefined && this.#id !== undefined) await mine.leave(this.#id);
    leaveTurns(this.#party);
    if (observer === undefined || !observer.isEmpty) return;
    const last = observer;
    observer = undefined;
    await last.close();
  }

  async #answer(request: InspectorRequest): Promise<unknown> {
    if (request.command === 'snapshot') return this.#parts.freshSnapshot();
    if (request.command === 'settings') return this.#parts.settings();
    // Not asked after isolates, whose reports come by themselves: one that is busy would be waited for.
    if (request.command === 'metrics') return this.#parts.summary();
    if (request.command === 'health') return this.#parts.health();
    // The observer thread takes profiles itself.
    if (request.command === 'profile') return this.profile(request);
    if (request.command === 'bundle') {
      return this.bundle(request.tenant === null ? {} : { tenant: request.tenant });
    }
    if (request.command !== 'set') return this.#parts.control(request);
    this.thresholdMs = request.value;
    return { [request.setting]: request.value };
  }

  #isWatchedHere(isolate: string): boolean {
    return isolate === SHARED_LOOP || this.#threads.has(isolate);
  }

  #owns(owner: string): boolean {
    return !isLoopShared() || this.#parts.ownsTurn(owner);
  }

  /** Of the shared loop, which pools share, or of a thread. */
  #seen(phase: BlockPhase, block: SeenBlock, isLogged: boolean): void {
    const { isolate, owner } = block;
    if (isolate === SHARED_LOOP && owner !== null && !this.#owns(owner.session)) return;
    this.desk.seen(phase, block, isLogged);
  }

  #tell(row: BlockRow, isLogged: boolean): void {
    const { stack: _stack, ...fields } = row;
    if (!isLogged) this.#parts.log.warn({ kind: 'loop.blocked', ...fields }, blockText(row));
    this.#parts.emit({ kind: 'loop.blocked', ...row });
    // What the observer itself watches it need not be told of.
    if (this.#id === undefined || this.#isWatchedHere(row.isolate)) return;
    if (row.isOngoing) this.#observer?.tell(this.#id, { kind: 'ongoing', block: row });
    else this.#observer?.tell(this.#id, { kind: 'ended', block: row.block });
  }
}

/**
 * A pool from its start to its end: brings its parts to life, says what it is now, drains and closes
 * it. What each part does is told in its own folder; what a consumer may call, in `agent-pool.ts`.
 */
import process from 'node:process';
import { TenantryError } from '../errors/errors.js';
import { healthOf, type PoolHealth } from '../exposition/health.js';
import type { MetricFamily } from '../exposition/metric-family.js';
import type { MetricsFormat } from '../exposition/metrics-format.js';
import { metricsText, type MetricsText } from '../exposition/metrics-text.js';
import { sessionOf } from '../attribution/sessionless.js';
import type { StrayError } from '../host/session-host.js';
import type { SettingRow } from '../inspector/setting.js';
import { socketPathOf } from '../inspector/socket-path.js';
import { directLogOf } from '../log/log.js';
import type { MetricsOptions } from '../metrics/metrics-options.js';
import type { Placement } from '../placement/placement.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import { Tracing } from '../telemetry/tracing.js';
import { settledWithin } from '../time/deadline.js';
import { RUNTIME } from '../vocabulary/actor.js';
import { Confinement } from './confinement.js';
import { Drain, drainSessions, type DrainReport } from '../session/drain.js';
import type { PoolDrain } from './asking.js';
import { DurableState } from './durable-state.js';
import { Incidents } from './incidents.js';
import { Introspection } from './introspection.js';
import { guardMemory, type MemoryGuard } from './memory-guard.js';
import { Followers } from './followers.js';
import { makePlacement } from './make-placement.js';
import { healthFacts, takeSummary } from './metrics-summary.js';
import type { MetricsStream } from './metrics-stream.js';
import type { OpeningParts } from './opening.js';
import { PoolControl } from './pool-control.js';
import { PoolJobs } from './pool-jobs.js';
import type { PoolParts } from './pool-parts.js';
import { poolSettings } from './settings.js';
import { takeSnapshot, type PoolFacts, type PoolState } from './pool-snapshot.js';
import { VERSION } from './version.js';
import type { CloseReport } from './signals.js';

/** Reports are asked for before a snapshot, but a busy isolate is not waited for longer than this. */
const REFRESH_DEADLINE_MS = 100;
/** Longest that a closing pool waits for its state to be on the disk. */
const STATE_DEADLINE_MS = 2_000;

let poolsOfThisProcess = 0;

export class PoolLife {
  readonly control: PoolControl;
  readonly jobs: PoolJobs;
  readonly #parts: PoolParts;
  readonly #socketPath: string;
  #placement: Placement | undefined;
  #opening: OpeningParts | undefined;
  readonly #followers = new Followers();
  #introspection: Introspection | undefined;
  #durable: DurableState | undefined;
  #confinement: Confinement | undefined;
  #metrics: MetricsStream | undefined;
  #memoryGuard: MemoryGuard | undefined;
  #tracing: Tracing | undefined;
  #incidents: Incidents | undefined;
  #state: PoolState = 'created';
  #isStarting = false;
  #draining: Drain | undefined;
  #closing: Promise<CloseReport> | undefined;

  constructor(parts: PoolParts) {
    this.#parts = parts;
    const { introspectionSocketPath, name } = parts.options;
    this.#socketPath =
      introspectionSocketPath ?? socketPathOf(name, poolsOfThisProcess++, parts.socketPid);
    this.jobs = new PoolJobs(parts, {
      opening: () => this.running('jobs'),
      trail: () => this.#confined().trail,
    });
    this.control = new PoolControl(parts, this.jobs, {
      drainPool: (timeoutMs) => this.#drainPool(timeoutMs),
      confinement: () => this.#confined(),
      trail: () => (this.#state === 'closed' ? undefined : this.#confinement?.trail),
      snapshot: () => this.snapshot(),
    });
  }

  get state(): PoolState {
    return this.#state;
  }

  get introspection(): Introspection | undefined {
    return this.#introspection;
  }

  get socketPath(): string | undefined {
    return this.#introspection === undefined ? undefined : this.#socketPath;
  }

  /**
   * @throws TENANTRY_POOL_ALREADY_STARTED, TENANTRY_STATE_*, TENANTRY_SOCKET_*,
   *   TENANTRY_METRICS_FAILED
   */
  async start(): Promise<void> {
    if (this.#state !== 'created' || this.#isStarting) {
      const state = this.#isStarting ? 'starting' : this.#state;
      throw new TenantryError('TENANTRY_POOL_ALREADY_STARTED', `the pool is ${state}`);
    }
    this.#isStarting = true;
    try {
      const { options, clock, log } = this.#parts;
      const { stateDir, deploymentVersion = null, jobs } = options;
      const kept = { stateDir, deploymentVersion, jobs: jobs.durable ? jobs : undefined };
      this.#durable = await DurableState.open({ ...kept, clock, log });
      this.#incidents = await Incidents.open(this.#parts);
      if (options.enableIntrospection) {
        this.#introspection = this.#makeIntrospection();
        this.#parts.schemas.clock = this.#introspection.turns;
        await this.#introspection.start();
      }
      const { metrics } = options;
      if (metrics !== undefined) this.#metrics = await this.#openMetrics(metrics);
      if (options.telemetry.traces) this.#tracing = await Tracing.load(VERSION, log);
      this.#begin();
      if (metrics !== undefined) this.#metrics?.begin(metrics.snapshotIntervalMs);
    } catch (error) {
      const introspection = this.#introspection;
      this.#introspection = undefined;
      await introspection?.close();
      await this.#metrics?.close();
      this.#metrics = undefined;
      await this.#durable?.close();
      throw error;
    } finally {
      this.#isStarting = false;
    }
  }

  #makeIntrospection(): Introspection {
    const { clock, log, ownLog, options, recentEnds, schemas } = this.#parts;
    return new Introspection({
      clock,
      log,
      directLog: ownLog === undefined ? null : directLogOf(ownLog),
      socketPath: this.#socketPath,
      thresholdMs: options.slowSessionThresholdMs,
      emit: this.#parts.events.emit,
      incidents: this.#incidents,
      isOpen: (session) => this.#isOpen(session),
      ownsTurn: (owner) =>
        this.#isOpen(owner) || recentEnds.has(owner) || owner === schemas.ownerId,
      snapshot: () => this.#snapshotNow(),
      summary: () => takeSummary(this.#facts, this.#parts.metrics.parts()),
      health: () => healthFacts(this.#facts),
      freshSnapshot: () => this.#refreshed(),
      settings: () => this.settings(),
      control: (request) => this.control.carryOut(request),
    });
  }

  async #openMetrics(options: MetricsOptions): Promise<MetricsStream> {
    const { MetricsStream } = await import('./metrics-stream.js');
    const { clock, log, observers } = this.#parts;
    return MetricsStream.open(options, { clock, log, observers, snapshot: () => this.snapshot() });
  }

  settings(): SettingRow[] {
    return poolSettings(this.#parts, {
      introspection: this.#introspection,
      placement: this.#placement,
      isStateSound: this.#durable?.isSound ?? true,
    });
  }

  #isOpen(session: string): boolean {
    return this.#parts.live.all().some(({ id }) => id === session);
  }

  #begin(): void {
    if (this.#state !== 'created') {
      throw new TenantryError('TENANTRY_POOL_CLOSED', 'the pool was closed while it started');
    }
    const { catalog, log, events } = this.#parts;
    const confinement = this.#makeConfinement();
    const placement = makePlacement({
      ...this.#parts,
      onStrayError: (stray) => this.#strayError(stray),
      onEvent: events.emit,
      introspection: this.#introspection,
    });
    this.#placement = placement;
    this.#opening = {
      ...this.#parts,
      introspection: this.#introspection,
      placement,
      confinement,
      placedLate: (session, tenant, chosen) =>
        this.#followers.placed(this.#opening!, session, tenant, chosen),
      tracing: this.#tracing,
      incidents: this.#incidents,
    };
    this.#memoryGuard = guardMemory(this, this.#parts);
    confinement.begin(this.#introspection?.turns);
    events.confinement = confinement;
    this.#incidents?.begin(this.#introspection!, confinement.escalation, () => this.settings());
    this.#state = 'running';
    this.#introspection?.opened();
    this.jobs.begin(this.#durable?.jobs);
    const agents = [...catalog.names()];
    const started = { agents, node: process.version, version: VERSION };
    confinement.trail.record({ kind: 'pool.started', actor: RUNTIME, detail: started });
    log.info({ agents, socket: this.socketPath ?? null }, '[pool] started');
  }

  #makeConfinement(): Confinement {
    const confinement = new Confinement(this.#parts, {
      state: this.#durable!,
      emit: this.#parts.events.emit,
      random: this.#parts.random,
      placement: () => this.#placement,
      leftBehind: (session, { kind }) => void this.control.sessions.drainOffender(session, kind),
      moved: (tenant, to) => {
        if (this.#opening !== undefined) this.#followers.follow(this.#opening, tenant, to);
      },
    });
    this.#confinement = confinement;
    return confinement;
  }

  /** @throws TENANTRY_POOL_NOT_STARTED, TENANTRY_POOL_CLOSED */
  #confined(): Confinement {
    return this.running('this').confinement;
  }

  /** @throws TENANTRY_POOL_NOT_STARTED, TENANTRY_POOL_CLOSED */
  running(call: string): OpeningParts {
    if (this.#opening !== undefined && this.#state !== 'closed') return this.#opening;
    throw this.#state === 'closed'
      ? new TenantryError('TENANTRY_POOL_CLOSED', 'the pool is closed')
      : new TenantryError('TENANTRY_POOL_NOT_STARTED', `call start() before ${call}`);
  }

  async snapshot(): Promise<Snapshot> {
    const snapshot = await this.#refreshed();
    return this.#introspection?.complete(snapshot) ?? snapshot;
  }

  async #refreshed(): Promise<Snapshot> {
    await this.#placement?.refresh(REFRESH_DEADLINE_MS);
    return this.#snapshotNow();
  }

  #snapshotNow(): Snapshot {
    return takeSnapshot(this.#facts);
  }

  /** @throws TENANTRY_OPTIONS_INVALID */
  async metricsText(format: MetricsFormat, extra: readonly MetricFamily[]): Promise<MetricsText> {
    const summary = takeSummary(this.#facts, this.#parts.metrics.parts(extra));
    const made = await this.#introspection?.metricsText(summary, format);
    const view = { heldForMs: 0, loopHeldMs: 0, mainLagMs: null };
    return made ?? metricsText(summary, view, format);
  }

  health(): PoolHealth {
    return healthOf(healthFacts(this.#facts), { heldForMs: 0, loopHeldMs: 0 });
  }

  get #facts(): PoolFacts {
    return {
      ...this.#parts,
      state: this.#state,
      placement: this.#placement,
      introspection: this.#introspection,
      confinement: this.#confinement,
      jobs: this.jobs,
      incidents: this.#incidents,
    };
  }

  drain(timeoutMs: number): Promise<DrainReport> {
    return this.#drainPool(timeoutMs).over;
  }

  #drainPool(timeoutMs: number): PoolDrain {
    if (this.#state === 'closed') {
      return { over: Promise.resolve({ finished: 0, drained: 0 }), isNews: false };
    }
    const known = this.#draining;
    if (known !== undefined) return { over: known.over, isNews: known.hasten(timeoutMs) };
    const { admission, live, clock } = this.#parts;
    this.#state = 'draining';
    admission.draining = true;
    this.jobs.halt();
    this.#draining = new Drain(live.all(), clock, timeoutMs, 'drained');
    return { over: this.#draining.over, isNews: true };
  }

  close(): Promise<CloseReport> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<CloseReport> {
    const { admission, observers, options, log, ownLog, clock, live } = this.#parts;
    this.#state = 'draining';
    admission.draining = true;
    this.#memoryGuard?.close();
    this.jobs.halt();
    await drainSessions(live.all(), clock, 0, 'shutdown');
    const jobsOver = this.jobs.close();
    if (jobsOver !== undefined) await settledWithin(clock, jobsOver, STATE_DEADLINE_MS);
    await observers.settle(options.drainTimeoutMs);
    await this.#placement?.close();
    await this.#metrics?.close();
    await this.#introspection?.close();
    this.#introspection = undefined;
    this.#state = 'closed';
    this.#parts.alive.close();
    const left = this.#placement?.records() ?? [];
    const stuckIsolates = left.filter(({ state }) => state === 'stuck').length;
    this.#incidents?.close();
    this.#confinement?.close();
    const detail = { stuckIsolates };
    this.#confinement?.trail.record({ kind: 'pool.closed', actor: RUNTIME, detail });
    // A disk that hangs is not waited for.
    await settledWithin(clock, this.#durable?.close() ?? Promise.resolve(), STATE_DEADLINE_MS);
    log.info({ stuckIsolates }, '[pool] closed');
    ownLog?.close();
    return { stuckIsolates };
  }

  #strayError({ session: owner, tenant, agent, error }: StrayError): void {
    const { message } = error;
    const session = sessionOf(owner);
    this.#parts.events.emit({ kind: 'session.stray-error', session, tenant, agent, message });
  }
}

/**
 * The composition root: makes every part, owns start, drain and close. What each part does is told in
 * its own folder.
 */
import { fileURLToPath } from 'node:url';
import { Admission } from '../admission/admission.js';
import { TenantryError } from '../errors/errors.js';
import { toWireError } from '../errors/wire-error.js';
import type { RuntimeEvent } from '../events/runtime-event.js';
import type { Agent } from '../host/agent.js';
import { Roster } from '../host/roster.js';
import type { StrayError } from '../host/session-host.js';
import type { PoolProfile, ProfileOptions } from '../inspector/pool-profile.js';
import { socketPathOf } from '../inspector/socket-path.js';
import { defaultLog, defaultLogTarget, type Log } from '../log/log.js';
import type { MetricsOptions } from '../metrics/metrics-options.js';
import type { Placement } from '../placement/placement.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import { emptyBooks } from '../tenant/tenant-books.js';
import { TenantRegistry } from '../tenant/tenant-registry.js';
import { systemClock, type Clock } from '../time/clock.js';
import { AgentCatalog, type RegisteredAgent } from './agent-catalog.js';
import type { ClientSession } from './client-session.js';
import { loadAgents } from './discovery.js';
import { drainSessions, type DrainReport } from './drain.js';
import { logEvent } from './event-log.js';
import { Introspection } from './introspection.js';
import { makePlacement } from './make-placement.js';
import type { MetricsStream } from './metrics-stream.js';
import { moveSession, type MoveTarget } from './move-session.js';
import { Observers, type Observer } from './observers.js';
import type { PoolDependencies } from './pool-dependencies.js';
import type { OpenRequest } from './open-request.js';
import { openSession, type OpeningParts } from './opening.js';
import { parsePoolOptions, type AgentPoolOptions, type ParsedPoolOptions } from './pool-options.js';
import type { SessionHandle } from './session-handle.js';
import type { MoveResult } from './session-move.js';
import type { CloseReport } from './signals.js';
import { takeSnapshot, type PoolState } from './pool-snapshot.js';
import { RecentEnds } from './recent-ends.js';

/** Reports are asked for before a snapshot, but a busy isolate is not waited for longer than this. */
const REFRESH_DEADLINE_MS = 100;

let poolsOfThisProcess = 0;

/** Many tenants' sessions in one service. See the README for the first twenty lines. */
export class AgentPool {
  readonly #options: ParsedPoolOptions;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #catalog = new AgentCatalog();
  readonly #observers: Observers;
  readonly #tenants: TenantRegistry;
  readonly #admission: Admission;
  readonly #live = new Roster<ClientSession>();
  readonly #createdMs: number;
  readonly #malformed = emptyBooks();
  readonly #socketPath: string;
  readonly #recentEnds = new RecentEnds();
  readonly #hasOwnLog: boolean;
  #placement: Placement | undefined;
  #opening: OpeningParts | undefined;
  #introspection: Introspection | undefined;
  #metrics: MetricsStream | undefined;
  #state: PoolState = 'created';
  #isStarting = false;
  #draining: Promise<DrainReport> | undefined;
  #closing: Promise<CloseReport> | undefined;

  /** @throws TENANTRY_OPTIONS_INVALID, TENANTRY_ISOLATES_MISSING, TENANTRY_AGENT_DUPLICATE */
  constructor(options: AgentPoolOptions = {}, dependencies: PoolDependencies = {}) {
    this.#options = parsePoolOptions(options);
    this.#clock = dependencies.clock ?? systemClock;
    this.#log = dependencies.log ?? defaultLog();
    this.#hasOwnLog = dependencies.log === undefined;
    this.#createdMs = this.#clock.nowMs();
    this.#observers = new Observers(this.#log, this.#clock);
    for (const observer of this.#options.observers) this.#observers.add(observer);
    for (const agent of this.#options.agents) this.#catalog.add(agent, undefined);
    this.#tenants = new TenantRegistry({
      tenants: this.#options.tenants,
      pool: this.#options.defaults,
      config: { ttlMs: this.#options.configTtlMs, timeoutMs: this.#options.configTimeoutMs },
      clock: this.#clock,
    });
    this.#admission = new Admission(this.#options, this.#clock);
    this.#socketPath =
      this.#options.introspectionSocketPath ??
      socketPathOf(this.#options.name, poolsOfThisProcess++);
  }

  get state(): PoolState {
    return this.#state;
  }

  /** Where the inspector listens; undefined until `start`, and with `enableIntrospection: false`. */
  get socketPath(): string | undefined {
    return this.#introspection === undefined ? undefined : this.#socketPath;
  }

  /**
   * A turn that holds its loop for longer than this is a block. Takes effect at once, in isolates
   * within a beat of theirs.
   * @throws TENANTRY_OPTIONS_INVALID when it is set to less than 5 or more than 60,000 ms
   */
  get slowSessionThresholdMs(): number {
    return this.#introspection?.thresholdMs ?? this.#options.slowSessionThresholdMs;
  }

  set slowSessionThresholdMs(thresholdMs: number) {
    if (this.#introspection !== undefined) this.#introspection.thresholdMs = thresholdMs;
  }

  /**
   * Registers an agent. `url` is the module it is the default export of, usually `import.meta.url`;
   * without it the agent runs on the shared loop only.
   * @throws TENANTRY_AGENT_INVALID, TENANTRY_AGENT_DUPLICATE, TENANTRY_OPTIONS_INVALID
   */
  add(agent: Agent, options: { readonly url?: string | undefined } = {}): void {
    this.#catalog.add(agent, options.url);
  }

  /**
   * Registers every agent of a folder, or none of them.
   * @throws TENANTRY_AGENT_PATH_REFUSED, TENANTRY_AGENT_LOAD_FAILED, TENANTRY_AGENT_LOAD_TIMEOUT,
   *   TENANTRY_AGENT_INVALID, TENANTRY_AGENT_DUPLICATE
   */
  async discover(folder: string | URL): Promise<string[]> {
    const path = typeof folder === 'string' ? folder : fileURLToPath(folder);
    const found = await loadAgents(path, {
      clock: this.#clock,
      loadTimeoutMs: this.#options.agentLoadTimeoutMs,
    });
    const added: string[] = [];
    try {
      for (const { agent, url } of found) added.push(this.#catalog.add(agent, url).name);
    } catch (error) {
      for (const name of added) this.#catalog.remove(name);
      throw error;
    }
    return added;
  }

  list(): RegisteredAgent[] {
    return this.#catalog.list();
  }

  get(name: string): Agent | undefined {
    return this.#catalog.find(name)?.agent;
  }

  /** Forgets an agent: no new session of it starts, running ones go on. */
  remove(name: string): boolean {
    return this.#catalog.remove(name);
  }

  /** Returns the function that removes the observer again. */
  addObserver(observer: Observer): () => void {
    return this.#observers.add(observer);
  }

  /**
   * Opens for sessions.
   * @throws TENANTRY_POOL_ALREADY_STARTED, TENANTRY_SOCKET_*, TENANTRY_METRICS_FAILED; nothing is left
   *   running then
   */
  async start(): Promise<void> {
    if (this.#state !== 'created' || this.#isStarting) {
      const state = this.#isStarting ? 'starting' : this.#state;
      throw new TenantryError('TENANTRY_POOL_ALREADY_STARTED', `the pool is ${state}`);
    }
    this.#isStarting = true;
    try {
      if (this.#options.enableIntrospection) {
        this.#introspection = this.#makeIntrospection();
        await this.#introspection.start();
      }
      const { metrics } = this.#options;
      if (metrics !== undefined) this.#metrics = await this.#openMetrics(metrics);
      this.#begin();
      if (metrics !== undefined) this.#metrics?.begin(metrics.snapshotIntervalMs);
    } catch (error) {
      const introspection = this.#introspection;
      this.#introspection = undefined;
      await introspection?.close();
      await this.#metrics?.close();
      this.#metrics = undefined;
      throw error;
    } finally {
      this.#isStarting = false;
    }
  }

  #makeIntrospection(): Introspection {
    return new Introspection({
      clock: this.#clock,
      log: this.#log,
      directLog: this.#hasOwnLog ? defaultLogTarget(this.#log) : null,
      socketPath: this.#socketPath,
      thresholdMs: this.#options.slowSessionThresholdMs,
      emit: (event) => this.#runtimeEvent(event),
      isOpen: (session) => this.#isOpen(session),
      ownsSession: (session) => this.#isOpen(session) || this.#recentEnds.has(session),
      snapshot: () => this.#snapshotNow(),
      freshSnapshot: () => this.#refreshed(),
    });
  }

  async #openMetrics(options: MetricsOptions): Promise<MetricsStream> {
    const { MetricsStream } = await import('./metrics-stream.js');
    return MetricsStream.open(options, {
      clock: this.#clock,
      log: this.#log,
      observers: this.#observers,
      snapshot: () => this.snapshot(),
    });
  }

  #isOpen(session: string): boolean {
    return this.#live.all().some(({ id }) => id === session);
  }

  #begin(): void {
    if (this.#state !== 'created') {
      throw new TenantryError('TENANTRY_POOL_CLOSED', 'the pool was closed while it started');
    }
    const placement = makePlacement({
      options: this.#options,
      tenants: this.#tenants,
      catalog: this.#catalog,
      clock: this.#clock,
      log: this.#log,
      onStrayError: (stray) => this.#strayError(stray),
      onEvent: (event) => this.#runtimeEvent(event),
      introspection: this.#introspection,
    });
    this.#placement = placement;
    this.#opening = {
      options: this.#options,
      clock: this.#clock,
      catalog: this.#catalog,
      tenants: this.#tenants,
      admission: this.#admission,
      observers: this.#observers,
      live: this.#live,
      recentEnds: this.#recentEnds,
      introspection: this.#introspection,
      malformed: this.#malformed,
      placement,
      emit: (event) => this.#runtimeEvent(event),
    };
    this.#state = 'running';
    this.#introspection?.opened();
    this.#log.info(
      { agents: [...this.#catalog.names()], socket: this.socketPath ?? null },
      '[pool] started',
    );
  }

  /**
   * Opens a session and resolves when its agent has been entered.
   * @throws (as a rejection) TENANTRY_TENANT_ID_INVALID, TENANTRY_AGENT_UNKNOWN,
   *   TENANTRY_INPUT_INVALID, TENANTRY_POOL_DRAINING, TENANTRY_TENANT_CAP, TENANTRY_AGENT_CAP,
   *   TENANTRY_POOL_CAP, TENANTRY_TENANT_QUARANTINED, TENANTRY_TENANT_CONFIG_FAILED,
   *   TENANTRY_ISOLATE_*, TENANTRY_OPTIONS_INVALID and the others that docs/errors.md lists
   */
  open<Received = unknown, Sent = unknown, Result = unknown>(
    request: OpenRequest<Received, Sent, Result> = {},
  ): Promise<SessionHandle<Received, Sent, Result>> {
    try {
      const opened = openSession(this.#running(), request);
      return (opened instanceof Promise ? opened : Promise.resolve(opened)) as Promise<
        SessionHandle<Received, Sent, Result>
      >;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Moves a live session whose agent checkpoints to another rung; its client notices nothing but the
   * gap. Where that cannot be, it goes on where it is.
   * @throws (as a rejection) TENANTRY_ISOLATES_MISSING, TENANTRY_POOL_NOT_STARTED, TENANTRY_POOL_CLOSED
   */
  async moveSession(session: string, target: MoveTarget): Promise<MoveResult> {
    return moveSession(this.#running('moveSession()'), session, target);
  }

  /** The whole pool as it is now: what every isolate reports, merged. */
  async snapshot(): Promise<Snapshot> {
    const snapshot = await this.#refreshed();
    return this.#introspection?.complete(snapshot) ?? snapshot;
  }

  /**
   * A profile of an isolate, a session's or a tenant's isolate, or `main`; one at a time in a process.
   * @throws TENANTRY_OPTIONS_INVALID, TENANTRY_PROFILE_*, TENANTRY_POOL_NOT_STARTED,
   *   TENANTRY_POOL_CLOSED
   */
  async profile(options: ProfileOptions): Promise<PoolProfile> {
    this.#running('profile()');
    if (this.#introspection !== undefined) return this.#introspection.profile(options);
    throw new TenantryError('TENANTRY_PROFILE_UNAVAILABLE', 'enableIntrospection is false');
  }

  async #refreshed(): Promise<Snapshot> {
    await this.#placement?.refresh(REFRESH_DEADLINE_MS);
    return this.#snapshotNow();
  }

  #snapshotNow(): Snapshot {
    return takeSnapshot({
      options: this.#options,
      clock: this.#clock,
      createdMs: this.#createdMs,
      state: this.#state,
      catalog: this.#catalog,
      tenants: this.#tenants,
      live: this.#live,
      malformed: this.#malformed,
      placement: this.#placement,
      introspection: this.#introspection,
      recentEnds: this.#recentEnds,
    });
  }

  /**
   * Admits nothing more and lets running sessions finish; at `timeoutMs` (default `drainTimeoutMs`)
   * the rest is ended with `drained`. The inspector goes on answering. Repeated calls share one drain.
   */
  drain(options: { readonly timeoutMs?: number } = {}): Promise<DrainReport> {
    if (this.#state === 'closed') return Promise.resolve({ finished: 0, drained: 0 });
    this.#state = 'draining';
    this.#admission.draining = true;
    this.#draining ??= this.#drain(options.timeoutMs ?? this.#options.drainTimeoutMs, 'drained');
    return this.#draining;
  }

  /** Ends everything: running sessions with `shutdown`, then isolates, then the inspector. */
  close(): Promise<CloseReport> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<CloseReport> {
    this.#state = 'draining';
    this.#admission.draining = true;
    await this.#drain(0, 'shutdown');
    await this.#observers.settle(this.#options.drainTimeoutMs);
    await this.#placement?.close();
    await this.#metrics?.close();
    await this.#introspection?.close();
    this.#introspection = undefined;
    this.#state = 'closed';
    const left = this.#placement?.records() ?? [];
    const stuckIsolates = left.filter(({ state }) => state === 'stuck').length;
    this.#log.info({ stuckIsolates }, '[pool] closed');
    return { stuckIsolates };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #drain(timeoutMs: number, reason: 'drained' | 'shutdown'): Promise<DrainReport> {
    return drainSessions(this.#live, this.#clock, timeoutMs, reason);
  }

  #running(call = 'open()'): OpeningParts {
    if (this.#opening !== undefined && this.#state !== 'closed') return this.#opening;
    throw this.#state === 'closed'
      ? new TenantryError('TENANTRY_POOL_CLOSED', 'the pool is closed')
      : new TenantryError('TENANTRY_POOL_NOT_STARTED', `call start() before ${call}`);
  }

  #strayError({ session, tenant, agent, error }: StrayError): void {
    const { message } = toWireError(error);
    this.#runtimeEvent({ kind: 'session.stray-error', session, tenant, agent, message });
  }

  #runtimeEvent(event: RuntimeEvent): void {
    if (event.kind === 'session.stray-error')
      this.#tenants.get(event.tenant).books.strayErrors += 1;
    if (event.kind === 'isolate.gave-up') {
      const tenant = this.#tenants.get(event.tenant);
      tenant.quarantinedUntilMs = this.#clock.nowMs() + event.quarantinedForMs;
    }
    // A block has been logged in a form of its own.
    if (event.kind !== 'loop.blocked') logEvent(this.#log, event);
    this.#observers.runtimeEvent(event);
  }
}

/**
 * What a consumer and an operator can do with a pool. How it starts, drains and ends is told in
 * `pool-life.ts`; what is done by hand, in `pool-control.ts`.
 */
import { TenantryError } from '../errors/errors.js';
import type { PoolHealth } from '../exposition/health.js';
import type { MetricFamily } from '../exposition/metric-family.js';
import type { MetricsFormat } from '../exposition/metrics-format.js';
import type { MetricsText } from '../exposition/metrics-text.js';
import type { Agent } from '../host/agent.js';
import {
  parseAct,
  type ActRequest,
  type ControlReply,
  type Explanation,
  type HandRung,
} from '../inspector/control.js';
import type { BundleOptions, PoolBundle } from '../inspector/pool-bundle.js';
import type { PoolProfile, ProfileOptions } from '../inspector/pool-profile.js';
import type { SettingRow } from '../inspector/setting.js';
import type { SessionRecording } from '../recorder/session-recording.js';
import type { Log } from '../log/log.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import type { Rung } from '../vocabulary/rung.js';
import type { RegisteredAgent } from './agent-catalog.js';
import type { AgentReload } from './agent-folders.js';
import type { Outcome } from '../session/outcome.js';
import type { PoolJobs } from './pool-jobs.js';
import type { DrainReport } from '../session/drain.js';
import { moveSession, type MoveTarget } from './move-session.js';
import type { Observer } from './observers.js';
import type { PoolDependencies } from './pool-dependencies.js';
import type { OpenRequest } from './open-request.js';
import { openSession } from './opening.js';
import { PoolLife } from './pool-life.js';
import type { AgentPoolOptions } from './pool-options.js';
import type { MetricSource } from './pool-metrics.js';
import { makeParts, type PoolParts } from './pool-parts.js';
import type { PoolState } from './pool-snapshot.js';
import type { DrainOptions } from './session-control.js';
import { reconfigure, type OptionsSource, type Reconfigured } from './reconfigure.js';
import { reloadAgents } from './reload-agents.js';
import type { SessionHandle } from '../session/session-handle.js';
import type { MoveResult } from '../session/session-move.js';
import type { CloseReport } from './signals.js';

export interface MetricsRequest {
  /** Default `prometheus`: text 0.0.4; `openmetrics`: OpenMetrics 1.0. */
  readonly format?: MetricsFormat | undefined;
  readonly extra?: readonly MetricFamily[] | undefined;
}

/** Many tenants' sessions in one service. See the README for the first twenty lines. */
export class AgentPool {
  readonly #parts: PoolParts;
  readonly #life: PoolLife;

  /** @throws TENANTRY_OPTIONS_INVALID, TENANTRY_ISOLATES_MISSING, TENANTRY_AGENT_DUPLICATE */
  constructor(options: AgentPoolOptions = {}, dependencies: PoolDependencies = {}) {
    this.#parts = makeParts(options, dependencies);
    this.#life = new PoolLife(this.#parts);
  }

  get state(): PoolState {
    return this.#life.state;
  }

  /** Where the pool's lines go; what is written there is masked. */
  get log(): Log {
    return this.#parts.log;
  }

  /** Where the inspector listens; undefined until `start`, and with `enableIntrospection: false`. */
  get socketPath(): string | undefined {
    return this.#life.socketPath;
  }

  /** Sessions that run to their end without a client, kept on the disk and retried. */
  get jobs(): PoolJobs {
    return this.#life.jobs;
  }

  /**
   * A turn that holds its loop for longer than this is a block. Takes effect at once, in isolates
   * within a beat of theirs.
   * @throws TENANTRY_OPTIONS_INVALID when it is set to less than 5 or more than 60,000 ms
   */
  get slowSessionThresholdMs(): number {
    const { introspection } = this.#life;
    return introspection?.thresholdMs ?? this.#parts.options.slowSessionThresholdMs;
  }

  set slowSessionThresholdMs(thresholdMs: number) {
    const { introspection } = this.#life;
    if (introspection !== undefined) introspection.thresholdMs = thresholdMs;
  }

  /**
   * Registers an agent. `url` is the module it is the default export of, usually `import.meta.url`;
   * without it the agent runs on the shared loop only.
   * @throws TENANTRY_AGENT_INVALID, TENANTRY_AGENT_DUPLICATE, TENANTRY_OPTIONS_INVALID
   */
  add(agent: Agent, options: { readonly url?: string | undefined } = {}): void {
    this.#parts.catalog.add(agent, options.url);
  }

  /**
   * Registers every agent of a folder, or none of them.
   * @throws TENANTRY_AGENT_PATH_REFUSED, TENANTRY_AGENT_LOAD_FAILED, TENANTRY_AGENT_LOAD_TIMEOUT,
   *   TENANTRY_AGENT_INVALID, TENANTRY_AGENT_DUPLICATE
   */
  discover(folder: string | URL): Promise<string[]> {
    return this.#parts.folders.discover(folder);
  }

  /**
   * Loads the files of a discovered folder again that have changed since: sessions to come run the new
   * code, those that run go on with the old. A file that does not load keeps its old code, and is
   * answered as failed. Only the files themselves are compared and loaded; what they import is loaded
   * anew in isolates, and on the shared loop with the process. Old code stays in memory: after 256 files
   * the process has to be restarted.
   * @throws (as a rejection) TENANTRY_OPTIONS_INVALID for a folder that was not discovered,
   *   TENANTRY_AGENT_PATH_REFUSED where there is none any more
   */
  async reload(folder: string | URL): Promise<AgentReload> {
    return reloadAgents(this.#life.running('reload()'), folder);
  }

  list(): RegisteredAgent[] {
    return this.#parts.catalog.list();
  }

  get(name: string): Agent | undefined {
    return this.#parts.catalog.find(name)?.agent;
  }

  /** Forgets an agent: no new session of it starts, running ones go on. */
  remove(name: string): boolean {
    return this.#parts.catalog.remove(name);
  }

  /** Returns the function that removes the observer again. */
  addObserver(observer: Observer): () => void {
    return this.#parts.observers.add(observer);
  }

  /**
   * Opens for sessions.
   * @throws TENANTRY_POOL_ALREADY_STARTED, TENANTRY_SOCKET_*, TENANTRY_METRICS_FAILED; nothing is left
   *   running then
   */
  start(): Promise<void> {
    return this.#life.start();
  }

  /**
   * Opens a session and resolves when its agent has been entered.
   * @throws (as a rejection) TENANTRY_TENANT_ID_INVALID, TENANTRY_AGENT_UNKNOWN,
   *   TENANTRY_INPUT_INVALID, TENANTRY_POOL_DRAINING, TENANTRY_TENANT_CAP, TENANTRY_AGENT_CAP,
   *   TENANTRY_POOL_CAP, TENANTRY_TENANT_QUARANTINED, TENANTRY_TENANT_DRAINING, TENANTRY_BREAKER_OPEN,
   *   TENANTRY_RATE_LIMITED, TENANTRY_QUEUE_FULL, TENANTRY_QUEUE_TIMEOUT, TENANTRY_TENANT_CONFIG_FAILED,
   *   TENANTRY_ISOLATE_*, TENANTRY_OPTIONS_INVALID and the others that docs/errors.md lists
   */
  open<Received = unknown, Sent = unknown, Result = unknown>(
    request: OpenRequest<Received, Sent, Result> = {},
  ): Promise<SessionHandle<Received, Sent, Result>> {
    try {
      const opened = openSession(this.#life.running('open()'), request);
      return (opened instanceof Promise ? opened : Promise.resolve(opened)) as Promise<
        SessionHandle<Received, Sent, Result>
      >;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Moves a live session whose agent checkpoints to another rung; its client notices nothing but the
   * gap. Where that cannot be, it goes on where it is. It stays within floor, ceiling and pin of its
   * tenant, and goes no lower than the tenant's new sessions start.
   * @throws (as a rejection) TENANTRY_OPTIONS_INVALID, TENANTRY_TENANT_PINNED, TENANTRY_TENANT_CONFINED,
   *   TENANTRY_ISOLATES_MISSING, TENANTRY_POOL_NOT_STARTED, TENANTRY_POOL_CLOSED
   */
  async moveSession(session: string, target: MoveTarget): Promise<MoveResult> {
    return moveSession(this.#life.running('moveSession()'), session, target);
  }

  /** The whole pool as it is now: what every isolate reports, merged. */
  snapshot(): Promise<Snapshot> {
    return this.#life.snapshot();
  }

  /**
   * Every option as it was asked for and as it holds now, why the two differ where they do, and where it
   * was taken from. Tenants' configs and environments are only said to be set.
   */
  settings(): SettingRow[] {
    return this.#life.settings();
  }

  /**
   * The pool's metrics as a scraper reads them, made off the main loop where the pool is watched.
   * `extra` are families of the caller's own, written after the pool's.
   * @throws (as a rejection) TENANTRY_OPTIONS_INVALID for a family that cannot be exported
   */
  metricsText(request: MetricsRequest = {}): Promise<MetricsText> {
    const { format = 'prometheus', extra = [] } = request;
    return this.#life.metricsText(format, extra);
  }

  /**
   * Has `source` asked at every scrape, also at one that comes over the pool's socket. It answers at
   * once with what it has counted; one that throws is left out. Returns the function that removes it.
   */
  addMetrics(source: MetricSource): () => void {
    return this.#parts.metrics.addSource(source);
  }

  /** Whether new sessions are taken now, and what speaks against it. */
  health(): PoolHealth {
    return this.#life.health();
  }

  /**
   * A profile of an isolate, a session's or a tenant's isolate, or `main`; one at a time in a process.
   * @throws TENANTRY_OPTIONS_INVALID, TENANTRY_PROFILE_*, TENANTRY_POOL_NOT_STARTED,
   *   TENANTRY_POOL_CLOSED
   */
  async profile(options: ProfileOptions): Promise<PoolProfile> {
    this.#life.running('profile()');
    const { introspection } = this.#life;
    if (introspection !== undefined) return introspection.profile(options);
    throw new TenantryError('TENANTRY_PROFILE_UNAVAILABLE', 'enableIntrospection is false');
  }

  /**
   * Has an incident bundle made, as one is made by itself when a tenant is moved up, an isolate ends
   * hard, a block lasts or memory runs out: a file in `stateDir` that says what happened. Works while
   * the main loop is blocked.
   * @throws TENANTRY_BUNDLE_UNAVAILABLE without `stateDir`, TENANTRY_BUNDLE_BUSY,
   *   TENANTRY_BUNDLE_FAILED, TENANTRY_TENANT_UNKNOWN, TENANTRY_TENANT_ID_INVALID,
   *   TENANTRY_POOL_NOT_STARTED, TENANTRY_POOL_CLOSED
   */
  async bundle(options: BundleOptions = {}): Promise<PoolBundle> {
    this.#life.running('bundle()');
    const { introspection } = this.#life;
    if (introspection !== undefined) return introspection.bundle(options);
    throw new TenantryError('TENANTRY_BUNDLE_UNAVAILABLE', 'enableIntrospection is false');
  }

  /**
   * Places a tenant's new sessions on a rung above its floor until it is released, whatever
   * `escalation.enforce` says. What becomes of running ones is told by `escalation.onEscalate` and
   * `carryOver`. Like every act by hand it is in the audit trail when it resolves.
   * @throws (as a rejection, as the acts below) TENANTRY_TENANT_UNKNOWN, TENANTRY_TENANT_ID_INVALID,
   *   TENANTRY_TENANT_PINNED, TENANTRY_ISOLATES_MISSING, TENANTRY_ISOLATE_LIMIT,
   *   TENANTRY_AGENT_NOT_PORTABLE, TENANTRY_OPTIONS_INVALID, TENANTRY_POOL_NOT_STARTED
   */
  async isolate(tenant: string, options: { readonly as: HandRung }): Promise<ControlReply> {
    return this.#life.control.isolate(tenant, options.as);
  }

  /** Places a tenant's new sessions on its floor again, and clears what is held against it. */
  async release(tenant: string): Promise<ControlReply> {
    return this.#life.control.release(tenant);
  }

  /** Keeps a tenant on a rung whatever it does; null takes the pin away. */
  async pin(tenant: string, rung: Rung | null): Promise<ControlReply> {
    return this.#life.control.pin(tenant, rung);
  }

  /**
   * Most sessions of a tenant at once, from now on; null gives it its configured cap back. Running
   * sessions go on, also above it.
   */
  async cap(tenant: string, maxSessions: number | null): Promise<ControlReply> {
    return this.#life.control.cap(tenant, maxSessions);
  }

  /** Opens a tenant's circuit breaker: its new sessions are refused for the cooldown, then probed. */
  async trip(tenant: string): Promise<ControlReply> {
    return this.#life.control.trip(tenant);
  }

  /** Closes a tenant's circuit breaker, with an empty window. */
  async reset(tenant: string): Promise<ControlReply> {
    return this.#life.control.reset(tenant);
  }

  /**
   * Ends one session now, with `cancelled`. It is no evidence against its tenant. Half an id will do:
   * at least its first 8 characters.
   * @throws (as a rejection) TENANTRY_SESSION_UNKNOWN
   */
  kick(session: string, detail?: string): Promise<Outcome> {
    return this.#life.control.sessions.kick(session, detail);
  }

  /**
   * Carries out an act by hand, such as `{ command: 'cap', tenant: 'acme', maxSessions: 5 }`, in the
   * name of `by`: the id of a credential, which the audit trail keeps.
   * @throws (as a rejection) what the act's own method throws
   */
  async act(request: ActRequest, by: string): Promise<ControlReply> {
    const actor = { kind: 'operator', uid: null, via: 'gateway', id: by } as const;
    return this.#life.control.act(parseAct(request), actor);
  }

  /**
   * Why a tenant or session was refused, slow, moved or ended, in sentences: from the audit trail and
   * from what the pool is now.
   * @throws (as a rejection) TENANTRY_TENANT_UNKNOWN, TENANTRY_SESSION_UNKNOWN, TENANTRY_OPTIONS_INVALID,
   *   TENANTRY_POOL_NOT_STARTED
   */
  explain(name: string): Promise<Explanation> {
    return this.#life.control.explain(name);
  }

  /**
   * What was recorded of a session that runs, or of one of the latest that failed (with `keepEnded: 'all'`,
   * that ended); undefined where its tenant's sessions are not recorded (`record`). JSON, for a file that `tenantry replay` reads.
   */
  recording(session: string): SessionRecording | undefined {
    return this.#parts.recordings.recordingOf(session);
  }

  /**
   * Lets running sessions finish; at `timeoutMs` (default `drainTimeoutMs`) the rest is ended with
   * `drained`. Of the whole pool: nothing more is admitted, the inspector goes on answering, and
   * repeated calls share one drain, which is over at the earliest of their deadlines. Of one `tenant`: its new sessions are refused until the drain is
   * over. Of one `session`: nothing else changes.
   * @throws (as a rejection) TENANTRY_TENANT_UNKNOWN, TENANTRY_TENANT_ID_INVALID,
   *   TENANTRY_SESSION_UNKNOWN, TENANTRY_OPTIONS_INVALID
   */
  drain(options: DrainOptions = {}): Promise<DrainReport> {
    return this.#life.control.sessions.drain(options);
  }

  /**
   * Gives the running pool other options: the whole of them, as the constructor takes them. What concerns sessions to come holds at once: caps, rate limits, rungs,
   * breaker, escalation, deadlines, config. The rest is answered as needing a restart. Sessions that
   * run keep what they began with, and so does what was set by hand.
   * @throws (as a rejection) TENANTRY_OPTIONS_INVALID, TENANTRY_TENANT_ID_INVALID,
   *   TENANTRY_ISOLATES_MISSING, TENANTRY_POOL_NOT_STARTED, TENANTRY_POOL_CLOSED, or what `source`
   *   throws; nothing has changed then
   */
  reconfigure(source: OptionsSource): Promise<Reconfigured> {
    return reconfigure(source, () => ({
      parts: this.#parts,
      confinement: this.#life.running('reconfigure()').confinement,
      slowSessionThreshold: (thresholdMs) => {
        this.slowSessionThresholdMs = thresholdMs;
      },
    }));
  }

  /** Ends everything: running sessions with `shutdown`, then isolates, then the inspector. */
  close(): Promise<CloseReport> {
    return this.#life.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

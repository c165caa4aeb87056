/** What a pool is made of before it starts: options parsed, books empty, nothing running. */
import process from 'node:process';
import { Admission } from '../admission/admission.js';
import { TenantryError } from '../errors/errors.js';
import { Roster } from '../host/roster.js';
import { SessionRecordings } from '../recorder/session-recordings.js';
import { ownLog, type Log, type OwnLog } from '../log/log.js';
import { MaskedLog } from '../log/masked-log.js';
import { registerSecretsOf } from '../secrets/known-secrets.js';
import { RecordedLog, type LogHeard } from '../log/recorded-log.js';
import { emptyBooks, type BookTotals } from '../tenant/tenant-books.js';
import { TenantRegistry } from '../tenant/tenant-registry.js';
import { systemClock, type Clock } from '../time/clock.js';
import { KeepAlive } from '../time/keep-alive.js';
import { AgentCatalog } from './agent-catalog.js';
import { AgentFolders } from './agent-folders.js';
import type { ClientSession } from '../session/client-session.js';
import { Observers } from './observers.js';
import { optionPaths } from './option-paths.js';
import { PoolMetrics } from './pool-metrics.js';
import type { PoolDependencies, ReplayedSession } from './pool-dependencies.js';
import { parsePoolOptions, type AgentPoolOptions, type ParsedPoolOptions } from './pool-options.js';
import { RecentEnds } from '../session/recent-ends.js';
import { RuntimeEvents } from './runtime-events.js';
import { SchemaTurns } from './schema-turns.js';

export interface PoolParts {
  readonly options: ParsedPoolOptions;
  /** Paths of the options that were given. */
  given: ReadonlySet<string>;
  /** Where they were taken from, as far as that was said. */
  origins: ReadonlyMap<string, string>;
  readonly clock: Clock;
  readonly log: Log;
  /** Who hears the warnings and errors of the log as well. */
  readonly ear: { hears: LogHeard | undefined };
  /** Where the log is the pool's own, whose lines the observer may write during a block. */
  readonly ownLog: OwnLog | undefined;
  /** 0 to 1, for the canaries of a probation. */
  readonly random: () => number;
  readonly createdMs: number;
  readonly catalog: AgentCatalog;
  readonly folders: AgentFolders;
  readonly observers: Observers;
  readonly events: RuntimeEvents;
  readonly metrics: PoolMetrics;
  readonly tenants: TenantRegistry;
  /** Held while sessions run or are about to. */
  readonly alive: KeepAlive;
  readonly admission: Admission;
  readonly schemas: SchemaTurns;
  readonly live: Roster<ClientSession>;
  readonly recentEnds: RecentEnds;
  readonly recordings: SessionRecordings;
  readonly replay: ReplayedSession | undefined;
  readonly socketPid: number | undefined;
  /** Books of requests that name no tenant that could exist. */
  readonly malformed: BookTotals;
}

/**
 * @throws TENANTRY_OPTIONS_INVALID, TENANTRY_ISOLATES_MISSING, TENANTRY_AGENT_DUPLICATE,
 *   TENANTRY_LOG_FAILED
 */
export function makeParts(input: AgentPoolOptions, dependencies: PoolDependencies): PoolParts {
  const options = parsePoolOptions(input);
  const clock = dependencies.clock ?? systemClock;
  registerKnownSecrets(options);
  const ear: PoolParts['ear'] = { hears: undefined };
  const { own, log: written } = logOf(options, dependencies, clock);
  const log = new RecordedLog(written, ear);
  const observers = new Observers(log, clock);
  for (const observer of options.observers) observers.add(observer);
  const catalog = new AgentCatalog();
  for (const agent of options.agents) catalog.add(agent, undefined);
  const metrics = new PoolMetrics(options.telemetry.topTenants, log);
  const events = new RuntimeEvents(log, clock, observers, metrics);
  const tenants = new TenantRegistry({
    tenants: options.tenants,
    pool: options.defaults,
    config: { ttlMs: options.configTtlMs, timeoutMs: options.configTimeoutMs },
    clock,
    emit: events.emit,
  });
  events.bookInto(tenants);
  const alive = new KeepAlive();
  return {
    options,
    given: new Set(optionPaths(input).keys()),
    origins: dependencies.origins ?? new Map(),
    clock,
    log,
    ear,
    ownLog: own,
    random: dependencies.random ?? Math.random,
    createdMs: clock.nowMs(),
    catalog,
    folders: new AgentFolders(
      catalog,
      { clock, loadTimeoutMs: options.agentLoadTimeoutMs },
      dependencies.tryAgents,
    ),
    observers,
    events,
    metrics,
    tenants,
    alive,
    admission: new Admission(options, clock, alive),
    schemas: new SchemaTurns(),
    live: new Roster<ClientSession>(),
    recentEnds: new RecentEnds(),
    recordings: new SessionRecordings(),
    replay: dependencies.replay,
    socketPid: dependencies.socketPid,
    malformed: emptyBooks(),
  };
}

function logOf(
  { logFile }: ParsedPoolOptions,
  { log }: PoolDependencies,
  clock: Clock,
): { readonly own: OwnLog | undefined; readonly log: Log } {
  if (log === undefined) {
    const own = ownLog(logFile, () => clock.nowMs());
    return { own, log: own.log };
  }
  if (logFile === undefined) return { own: undefined, log: new MaskedLog(log) };
  throw new TenantryError(
    'TENANTRY_OPTIONS_INVALID',
    'pool options: logFile: the pool was handed a log, whose lines go where it says',
    { details: { path: ['logFile'] } },
  );
}

/** What stands in a config or in the environment under a secret's name is shown nowhere. */
function registerKnownSecrets({ tenants, defaults }: ParsedPoolOptions): void {
  registerSecretsOf(process.env);
  for (const { config } of [defaults, ...Object.values(tenants)]) registerSecretsOf(config);
}

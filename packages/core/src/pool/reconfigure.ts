/**
 * Gives a running pool other options. What decides about sessions to come is taken up at once; what a
 * part was built with waits for a restart, and is said to. Running sessions keep what they began with.
 */
import { toWireError } from '../errors/wire-error.js';
import { codeOf } from '../errors/errors.js';
import type { OptionChange } from '../events/runtime-event.js';
import { parsePoolOptions, type AgentPoolOptions, type ParsedPoolOptions } from './pool-options.js';
import { optionChanges } from './option-changes.js';
import { optionPaths } from './option-paths.js';
import type { PoolParts } from './pool-parts.js';
import type { Confinement } from './confinement.js';

/** What came of other options. */
export interface Reconfigured {
  /** Holds from now on. */
  readonly applied: readonly OptionChange[];
  /** Holds when the pool is started with it. */
  readonly needsRestart: readonly OptionChange[];
}

/** Options, and where they were taken from, by their paths. */
export interface SourcedOptions {
  readonly options: AgentPoolOptions;
  readonly origins?: ReadonlyMap<string, string>;
}

/** How the options are got: what that throws leaves the pool as it is, and is told. */
export type OptionsSource = () => Promise<SourcedOptions> | SourcedOptions;

export interface ReconfigureParts {
  readonly parts: PoolParts;
  /** Undefined until the pool is started. */
  readonly confinement: Confinement | undefined;
  slowSessionThreshold(thresholdMs: number): void;
}

type Name = keyof ParsedPoolOptions;

/** Read when something is decided, by whoever decides it. */
const LIVE: ReadonlySet<string> = new Set([
  'tenants',
  'maxSessionsPerTenant',
  'maxSessionsPerAgent',
  'maxConcurrentSessions',
  'circuitBreaker',
  'enableTenantCircuitBreaker',
  'tenantCircuitCooldownMs',
  'escalation',
  'isolation',
  'isolate',
  'isolateScope',
  'maxSessions',
  'rateLimit',
  'weight',
  'config',
  'cpuLimitSeconds',
  'softLimitRatio',
  'env',
  'maxDurationMs',
  'idleTimeoutMs',
  'abortGraceMs',
  'record',
  'configTtlMs',
  'configTimeoutMs',
  'router',
  'acceptOnlyRegisteredRooms',
  'drainTimeoutMs',
  'slowSessionThresholdMs',
]);

/** Each tenant's ledger is made with it. */
const LATER_PATHS: ReadonlySet<string> = new Set(['escalation.halfLifeMs']);

/** @throws TENANTRY_OPTIONS_INVALID and what `source` throws; nothing has changed then */
export async function reconfigure(
  source: OptionsSource,
  pool: () => ReconfigureParts,
): Promise<Reconfigured> {
  try {
    const { options, origins = new Map<string, string>() } = await source();
    const next = parsePoolOptions(options);
    const changes = takeUp(next, pool());
    Object.assign(pool().parts, { given: new Set(optionPaths(options).keys()), origins });
    return changes;
  } catch (error) {
    const { message } = toWireError(error);
    pool().parts.events.emit({ kind: 'config.rejected', code: codeOf(error) ?? null, message });
    throw error;
  }
}

function takeUp(next: ParsedPoolOptions, pool: ReconfigureParts): Reconfigured {
  const { parts, confinement } = pool;
  const { options, tenants, admission, events } = parts;
  const changes = optionChanges(options, next);
  const isLive = ({ path }: OptionChange): boolean =>
    LIVE.has(path.split('.')[0]!) && !LATER_PATHS.has(path);
  const applied = changes.filter(isLive);
  const needsRestart = changes.filter((change) => !isLive(change));
  const enforced = options.escalation.enforce;
  putInto(options, next);
  tenants.reconfigure({
    tenants: options.tenants,
    pool: options.defaults,
    config: { ttlMs: options.configTtlMs, timeoutMs: options.configTimeoutMs },
  });
  admission.reconfigure(options);
  if (applied.some(({ path }) => path === 'slowSessionThresholdMs')) {
    pool.slowSessionThreshold(options.slowSessionThresholdMs);
  }
  confinement?.reconfigured(enforced !== options.escalation.enforce);
  events.emit({ kind: 'config.reloaded', applied, needsRestart });
  return { applied, needsRestart };
}

/**
 * In place: whoever decides by an option holds these objects and reads them then. Only here, and only
 * with options that have been parsed.
 */
function putInto(options: ParsedPoolOptions, next: ParsedPoolOptions): void {
  const { halfLifeMs } = options.escalation;
  const { weights, hogs, ...escalation } = next.escalation;
  Object.assign(options.escalation.weights, weights);
  Object.assign(options.escalation.hogs, hogs);
  Object.assign(options.escalation, escalation, { halfLifeMs });
  for (const name of LIVE) {
    if (name === 'escalation') continue;
    Object.assign(options, { [name]: next[name as Name] });
  }
  Object.assign(options, { defaults: next.defaults });
}

/** Every option of a pool, joined from the folders that use them; parsed once, complete afterwards. */
import path from 'node:path';
import { z } from 'zod';
import { FairQueueOptions } from '../admission/fair-queue.js';
import { BreakerOptions, breakerSettings } from '../breaker/breaker-options.js';
import { IncidentOptions } from '../bundle/incident-options.js';
import { MessageLimits } from '../channel/message-limits.js';
import { TenantryError, shown } from '../errors/errors.js';
import { EscalationOptions } from '../escalation/escalation-options.js';
import { THRESHOLD_BOUNDS_MS } from '../inspector/inspector-protocol.js';
import { isAgent, type Agent } from '../host/agent.js';
import { JobOptions } from '../jobs/job-options.js';
import { LogFileInput } from '../log/log-options.js';
import { MetricsOptions } from '../metrics/metrics-options.js';
import { IsolateOptions, type IsolatesFactory } from '../placement/isolates-port.js';
import { TelemetryOptions } from '../telemetry/telemetry-options.js';
import { checkLadderBounds, ladderBounds } from '../tenant/tenant-escalation.js';
import {
  TenantOptions,
  TenantTable,
  settingsOf,
  type TenantOptionsInput,
  type TenantSettings,
} from '../tenant/tenant-options.js';
import { isAgentName, isTenantId } from '../vocabulary/names.js';
import type { Rung } from '../vocabulary/rung.js';
import { isObserver, type Observer } from './observers.js';
import type { Router } from './routing.js';

const Ms = z
  .number()
  .min(0)
  .max(30 * 24 * 3_600_000);
const CapTable = z.record(z.string(), z.int().min(0).max(1_000_000));
const functionOf = <T>(what: string): z.ZodType<T> =>
  z.custom<T>((value) => typeof value === 'function', { error: `expected ${what}` });

const USUAL_WARN_MB = 1_000;
const WholeMb = z.number().min(0).max(1_048_576);

/** The memory limits of isolates are their tenants'; the pool's own are those of its process. */
const SharedWithTenants = TenantOptions.omit({ memoryLimitMb: true, memoryHardLimitMb: true });

/** Every option by its name; what holds between them is checked by `parsePoolOptions`. */
export const PoolFields = SharedWithTenants.extend({
  /** From @tenantry/isolation; without it every tenant runs on the shared loop. */
  isolates: functionOf<IsolatesFactory>('the isolates of @tenantry/isolation').optional(),
  /** Agents known from the start; more by `add` and `discover`. */
  agents: z
    .array(z.custom<Agent>(isAgent, { error: 'expected an agent of defineAgent' }))
    .default([]),
  /** Most sessions at once, over all tenants. */
  maxConcurrentSessions: z.int().min(1).max(1_000_000).default(1_000),
  /** Settings by tenant; `default` stands for every tenant that is not listed. */
  tenants: TenantTable.default({}),
  /** Shorthand for `tenants.*.maxSessions`. */
  maxSessionsPerTenant: CapTable.default({}),
  /** Most sessions at once, by agent. */
  maxSessionsPerAgent: CapTable.default({}),
  /** Lets opens wait for a full pool, in a fair order, instead of refusing them. */
  fairQueue: FairQueueOptions.optional(),
  /** When a tenant's sessions are refused because they keep failing. */
  circuitBreaker: BreakerOptions.optional(),
  /** True: `circuitBreaker` with its defaults; false: none. Left out, it only observes. */
  enableTenantCircuitBreaker: z.boolean().optional(),
  /** Shorthand for `circuitBreaker.cooldownMs`. */
  tenantCircuitCooldownMs: BreakerOptions.shape.cooldownMs,
  /** How long a config function's answer is used. */
  configTtlMs: Ms.default(60_000),
  /** How long a config function may take. */
  configTimeoutMs: Ms.default(5_000),
  /** Asked first which agent a session goes to; `undefined` leaves it to the rest of the chain. */
  router: functionOf<Router>('a function').optional(),
  /** Refuses a session that names no registered agent, instead of giving it to the first one. */
  acceptOnlyRegisteredRooms: z.boolean().default(false),
  /** How long `drain` lets sessions run before it ends them. */
  drainTimeoutMs: Ms.default(30_000),
  /** Longest load of an agent module. */
  agentLoadTimeoutMs: z.number().min(10).max(600_000).default(5_000),
  /** Bounds of one message and of one direction of a session. */
  messages: MessageLimits.prefault({}),
  /** How isolates are kept. */
  isolateOptions: IsolateOptions.prefault({}),
  /** How many jobs there may be, how they are retried, how long they are kept. */
  jobs: JobOptions.prefault({}),
  /** When tenants are moved to another rung; without it every decision is told and none carried out. */
  escalation: EscalationOptions.optional(),
  /** So many tenants whose latest session failed, half of all, and it is the fault of none of them. */
  consecutiveFailureLimit: z.int().min(1).max(100_000).default(5),
  /** RSS of this process at which a warning is logged, and again for every 50 MB more; 0: never.
   *  By default 1,000, or 0.9 of `memoryLimitMb` where that is less. */
  memoryWarnMb: WholeMb.optional(),
  /** RSS of this process at which it drains, closes and exits with 75, to be restarted; 0: never. */
  memoryLimitMb: WholeMb.default(0),
  /** Where what has to survive a restart is kept: audit, rungs, breakers. Nothing is without it. */
  stateDir: z.string().min(1).max(4_096).optional(),
  /** When an incident makes a bundle in `stateDir`, and how many are kept. */
  incidents: IncidentOptions.prefault({}),
  /** Told of session starts, session ends and runtime events. */
  observers: z.array(z.custom<Observer>(isObserver, { error: 'expected an observer' })).default([]),
  /** Records snapshots and events in a file; nothing is recorded without it. */
  metrics: MetricsOptions.optional(),
  /** What is told to the systems that watch the pool. */
  telemetry: TelemetryOptions.prefault({}),
  /** Where the log goes instead of stderr: a path, or the group with its size and number of files. */
  logFile: LogFileInput.optional(),
  /** `contain`: an error that escapes from a session fails that session; `crash`: Node's behaviour. */
  strayErrors: z.enum(['contain', 'crash']).default('contain'),
  /**
   * Measures what sessions cost, watches for blocks, and serves the snapshot on a Unix socket of this
   * user; false leaves nothing of its cost.
   */
  enableIntrospection: z.boolean().default(true),
  /** A turn that holds its loop for longer is a block. Live: `pool.slowSessionThresholdMs`. */
  slowSessionThresholdMs: z
    .number()
    .min(THRESHOLD_BOUNDS_MS.min)
    .max(THRESHOLD_BOUNDS_MS.max)
    .default(50),
  /** Where; by default a file of this process in the user's private directory. */
  introspectionSocketPath: z.string().min(1).optional(),
  /** Shown wherever the pool is; the process's name by default. */
  name: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/, 'expected 1 to 64 letters, digits, ".", "-", "_"')
    .default('tenantry'),
  /** Free label of what is deployed. */
  deploymentVersion: z.string().trim().min(1).max(128).optional(),
}).strict();

const PoolOptions = PoolFields.superRefine(({ memoryWarnMb, memoryLimitMb }, context) => {
  if (memoryLimitMb === 0 || (memoryWarnMb ?? 0) <= memoryLimitMb) return;
  context.addIssue({
    code: 'custom',
    path: ['memoryWarnMb'],
    input: memoryWarnMb,
    message: `expected at most memoryLimitMb (${memoryLimitMb})`,
  });
});

type Parsed = z.output<typeof PoolOptions>;

export interface ParsedPoolOptions extends Omit<
  Parsed,
  'tenants' | 'maxSessionsPerTenant' | 'escalation' | 'memoryWarnMb'
> {
  readonly escalation: EscalationOptions;
  readonly memoryWarnMb: number;
  readonly tenants: Readonly<Record<string, TenantOptions>>;
  /** The pool's own settings, from which each tenant's are made. */
  readonly defaults: TenantSettings;
}

type Everywhere = Omit<z.input<typeof PoolOptions>, 'isolates' | 'isolation' | 'tenants'>;
type OnLoop<T> = Omit<T, 'isolation'> & { readonly isolation?: 'coroutine' };

/** What a consumer writes. Without `isolates`, only `isolation: 'coroutine'` type-checks. */
export type AgentPoolOptions =
  | (Everywhere & {
      readonly isolates: IsolatesFactory;
      readonly isolation?: 'coroutine' | 'process';
      readonly tenants?: Readonly<Record<string, TenantOptionsInput>>;
    })
  | (Everywhere & {
      readonly isolates?: undefined;
      readonly isolation?: 'coroutine';
      readonly tenants?: Readonly<Record<string, OnLoop<TenantOptionsInput>>>;
    });

/**
 * The options with every default. Public as `checkOptions`, so that a configuration can be tested
 * without starting anything.
 * @throws TENANTRY_OPTIONS_INVALID, TENANTRY_TENANT_ID_INVALID, TENANTRY_ISOLATES_MISSING
 */
export function parsePoolOptions(input: unknown): ParsedPoolOptions {
  const parsed = PoolOptions.safeParse(input ?? {}, { reportInput: true });
  if (!parsed.success) throw invalid('pool options', parsed.error);
  const options = parsed.data;
  const tenants = withShorthand(options.tenants, options.maxSessionsPerTenant);
  for (const agent of Object.keys(options.maxSessionsPerAgent)) {
    if (!isAgentName(agent)) throw misnamed('maxSessionsPerAgent', agent);
  }
  const wantsIsolate =
    options.isolation === 'process' ||
    Object.values(tenants).some(
      ({ isolation, escalation }) => isolation === 'process' || isIsolateRung(escalation?.pin),
    );
  if (wantsIsolate && options.isolates === undefined) {
    throw new TenantryError(
      'TENANTRY_ISOLATES_MISSING',
      "isolation: 'process' needs the option isolates: import { isolates } from '@tenantry/isolation'",
    );
  }
  const defaults: TenantSettings = {
    isolation: options.isolation ?? 'coroutine',
    isolate: options.isolate ?? 'child_process',
    isolateScope: options.isolateScope ?? 'tenant',
    maxSessions: options.maxSessions ?? Number.POSITIVE_INFINITY,
    rateLimit: options.rateLimit ?? null,
    weight: options.weight ?? 1,
    breaker: breakerSettings(options),
    config: options.config,
    memoryLimitMb: null,
    memoryHardLimitMb: null,
    cpuLimitSeconds: options.cpuLimitSeconds ?? null,
    softLimitRatio: options.softLimitRatio ?? 0.9,
    env: options.env ?? [],
    maxDurationMs: options.maxDurationMs ?? null,
    idleTimeoutMs: options.idleTimeoutMs ?? null,
    abortGraceMs: options.abortGraceMs ?? 5_000,
    record: options.record === false ? null : (options.record ?? null),
    escalation: {},
  };
  for (const [tenant, own] of Object.entries(tenants)) {
    const settings = settingsOf(own, defaults);
    checkLadderBounds(ladderBounds(settings), `tenants.${tenant}`);
    refuseHardBelowSoft(`tenants.${tenant}.`, settings);
  }
  const escalation = options.escalation ?? EscalationOptions.parse({ enforce: false });
  const { memoryLimitMb } = options;
  const memoryWarnMb =
    options.memoryWarnMb ??
    (memoryLimitMb === 0 ? USUAL_WARN_MB : Math.min(USUAL_WARN_MB, memoryLimitMb * 0.9));
  const { stateDir } = options;
  return {
    ...options,
    // Whoever is told of it may stand in another folder than this process.
    ...(stateDir === undefined ? {} : { stateDir: path.resolve(stateDir) }),
    tenants,
    escalation,
    memoryWarnMb,
    defaults,
  };
}

function isIsolateRung(rung: Rung | undefined): boolean {
  return rung === 'thread' || rung === 'process';
}

/** The soft limit would never be reached. */
function refuseHardBelowSoft(path: string, settings: TenantSettings): void {
  const { memoryLimitMb, memoryHardLimitMb } = settings;
  if (memoryLimitMb === null || memoryHardLimitMb === null) return;
  if (memoryHardLimitMb >= memoryLimitMb) return;
  throw new TenantryError(
    'TENANTRY_OPTIONS_INVALID',
    `${path}memoryHardLimitMb is ${memoryHardLimitMb}, below ${path}memoryLimitMb, ` +
      `which is ${memoryLimitMb}`,
    { details: { path: [`${path}memoryHardLimitMb`, `${path}memoryLimitMb`] } },
  );
}

function withShorthand(
  tenants: Readonly<Record<string, TenantOptions>>,
  caps: Readonly<Record<string, number>>,
): Record<string, TenantOptions> {
  const all: Record<string, TenantOptions> = { ...tenants };
  for (const [tenant, maxSessions] of Object.entries(caps)) {
    if (!isTenantId(tenant)) throw misnamed('maxSessionsPerTenant', tenant);
    const listed = Object.hasOwn(all, tenant) ? all[tenant] : undefined;
    if (listed?.maxSessions !== undefined && listed.maxSessions !== maxSessions) {
      throw new TenantryError(
        'TENANTRY_OPTIONS_INVALID',
        `maxSessionsPerTenant.${tenant} is ${maxSessions} but tenants.${tenant}.maxSessions is ` +
          `${listed.maxSessions}: say it once`,
      );
    }
    // A tenant named only by its cap is otherwise one of the unlisted.
    all[tenant] = { ...(listed ?? tenants['default']), maxSessions };
  }
  return all;
}

function misnamed(option: string, key: string): TenantryError {
  return new TenantryError(
    'TENANTRY_OPTIONS_INVALID',
    `${option}: ${shown(key)} is no name the runtime knows (letters, digits, "-", "_")`,
    { details: { path: [option, shown(key)] } },
  );
}

/** A zod failure as the one error of ours: path, received value and what was expected. */
export function invalid(what: string, error: z.ZodError): TenantryError {
  const lines = error.issues.flatMap(withinUnion).map((issue) => {
    const path = issue.path.map(String).join('.');
    const isShown = 'input' in issue && !SECRET_PATH.test(path);
    // Of the whole there is no path; what it is, is said before all of them.
    const where = path === '' ? '' : `${path}: `;
    return `${where}${issue.message}${isShown ? `, received ${shown(issue.input)}` : ''}`;
  });
  return new TenantryError('TENANTRY_OPTIONS_INVALID', `${what}: ${lines.join('; ')}`, {
    cause: withoutInput(error),
    details: { issues: lines, paths: error.issues.flatMap(withinUnion).map(pathOf) },
  });
}

/** Of a misspelt key, the key itself. */
function pathOf(issue: z.core.$ZodIssue): string {
  const key = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  return [...issue.path, ...key].map(String).join('.');
}

/** What stands there is a tenant's secret, or may be one. */
const SECRET_PATH = /(?:^|\.)(?:config|env(?:\..*)?)$/;

/** Where no branch of a union fits, the one that is of the right kind says what is wrong. */
function withinUnion(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code === 'invalid_key') return [{ ...issue, message: issue.issues[0]!.message }];
  if (issue.code !== 'invalid_union') return [issue];
  const branch = issue.errors.find((issues) => issues.every(({ path }) => path.length > 0));
  return (branch ?? []).length === 0
    ? [issue]
    : branch!.flatMap((one) => withinUnion({ ...one, path: [...issue.path, ...one.path] }));
}

/** The same error without the values received, whole configurations among them. */
function withoutInput(error: z.ZodError): z.ZodError {
  const text = JSON.stringify(error.issues, (key, value: unknown) =>
    key === 'input' ? undefined : value,
  );
  return new z.ZodError(JSON.parse(text) as z.core.$ZodIssue[]);
}

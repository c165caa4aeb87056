/** What can be said of a tenant, and the pool-wide defaults of the same settings. */
import { z } from 'zod';
import type { BreakerSettings } from '../breaker/breaker-options.js';
import { RateLimit } from '../limits/token-bucket.js';
import { RecordOptions } from '../recorder/record-options.js';
import { isTenantId } from '../vocabulary/names.js';
import { TenantEscalation } from './tenant-escalation.js';

const Mb = z.number().positive().max(1_048_576);
/** Thirty days: longer than any session, short enough that a unit mistake is refused. */
const LONGEST_MS = 30 * 24 * 3_600_000;
const DurationMs = z.number().min(1).max(LONGEST_MS);

const EnvName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/);
/** They change how Node or the loader works, so they never reach a guest. */
const isHarmlessName = (name: string): boolean => !/^(NODE_OPTIONS|NODE_PATH|LD_.*)$/.test(name);
const SafeEnvName = EnvName.refine(isHarmlessName, {
  error: 'NODE_OPTIONS, NODE_PATH and LD_* never reach a guest',
});

/** A tenant's configuration: plain data, or a function that fetches it. */
export type ConfigSource = Readonly<Record<string, unknown>> | ((tenant: string) => unknown);

const Config = z.custom<ConfigSource>(
  (value) => typeof value === 'function' || (typeof value === 'object' && value !== null),
  { error: 'expected an object or a function' },
);

/** Settings of one tenant; each falls back to the pool's own setting of the same name. */
export const TenantOptions = z.strictObject({
  /** `coroutine`: on the shared loop; `process`: in the tenant's own isolate. */
  isolation: z.enum(['coroutine', 'process']).optional(),
  /** What `process` means: a child (default) or a thread of this process. */
  isolate: z.enum(['worker_threads', 'child_process']).optional(),
  /** One isolate for the tenant, or one for each of its sessions. */
  isolateScope: z.enum(['tenant', 'session']).optional(),
  /** Most sessions at once. No cap by default. */
  maxSessions: z.int().min(0).max(1_000_000).optional(),
  /** How often its sessions may start. No limit by default. */
  rateLimit: RateLimit.optional(),
  /** Its share where opens wait for a full pool: twice the weight, twice the share. */
  weight: z.number().min(0.01).max(1_000).optional(),
  /** Handed to the agent as `session.config`; a function's answer is kept for `configTtlMs`. */
  config: Config.optional(),
  /** Memory at which an isolate is ended: RSS of a child, heap and Buffers of a thread. */
  memoryLimitMb: Mb.optional(),
  /** The wall behind it: data segment of a child (Linux), old generation of a thread. */
  memoryHardLimitMb: Mb.optional(),
  /**
   * CPU seconds of one isolate since it became the tenant's, at which it is ended. No limit by default;
   * ignored on the shared loop.
   */
  cpuLimitSeconds: z
    .number()
    .positive()
    .max(LONGEST_MS / 1_000)
    .optional(),
  /** Share of a limit at which its sessions get a notice, and its isolate no new session. */
  softLimitRatio: z.number().gt(0).lt(1).optional(),
  /** Environment of its isolates: names passed on from the host, or names with their values. */
  env: z.union([z.array(SafeEnvName), z.record(SafeEnvName, z.string())]).optional(),
  /** Longest session, in milliseconds. No limit by default. */
  maxDurationMs: DurationMs.optional(),
  /** Longest silence of a session, in milliseconds. No limit by default. */
  idleTimeoutMs: DurationMs.optional(),
  /** Time an agent has to end after an abort before it is left behind or its isolate ended. */
  abortGraceMs: z.number().min(0).max(LONGEST_MS).optional(),
  /** Records its sessions, so that they can be replayed; false: not even where the pool says so. */
  record: z.union([z.literal(false), RecordOptions]).optional(),
  /** Between which rungs it may be moved, or where it stays. */
  escalation: TenantEscalation.optional(),
});
export type TenantOptions = Readonly<z.output<typeof TenantOptions>>;
export type TenantOptionsInput = z.input<typeof TenantOptions>;

/** Tenants by id; `default` stands for every tenant that is not listed. */
export const TenantTable = z.record(
  z.string().refine(isTenantId, { error: 'not a tenant id (1 to 128 letters, digits, "-", "_")' }),
  TenantOptions,
);

/** A tenant's settings with every default filled in. */
export interface TenantSettings {
  readonly isolation: 'coroutine' | 'process';
  readonly isolate: 'worker_threads' | 'child_process';
  readonly isolateScope: 'tenant' | 'session';
  readonly maxSessions: number;
  readonly rateLimit: RateLimit | null;
  readonly weight: number;
  /** The pool's, for each tenant its own; null: none. */
  readonly breaker: BreakerSettings | null;
  readonly config: ConfigSource | undefined;
  readonly memoryLimitMb: number | null;
  readonly memoryHardLimitMb: number | null;
  readonly cpuLimitSeconds: number | null;
  readonly softLimitRatio: number;
  readonly env: readonly string[] | Readonly<Record<string, string>>;
  readonly maxDurationMs: number | null;
  readonly idleTimeoutMs: number | null;
  readonly abortGraceMs: number;
  /** Null: its sessions are not recorded. */
  readonly record: RecordOptions | null;
  /** As it was said; `ladderBounds` fills in the defaults. */
  readonly escalation: TenantEscalation;
}

/** A tenant's own settings over the pool's. */
export function settingsOf(own: TenantOptions, pool: TenantSettings): TenantSettings {
  return {
    isolation: own.isolation ?? pool.isolation,
    isolate: own.isolate ?? pool.isolate,
    isolateScope: own.isolateScope ?? pool.isolateScope,
    maxSessions: own.maxSessions ?? pool.maxSessions,
    rateLimit: own.rateLimit ?? pool.rateLimit,
    weight: own.weight ?? pool.weight,
    breaker: pool.breaker,
    config: own.config ?? pool.config,
    memoryLimitMb: own.memoryLimitMb ?? pool.memoryLimitMb,
    memoryHardLimitMb: own.memoryHardLimitMb ?? pool.memoryHardLimitMb,
    cpuLimitSeconds: own.cpuLimitSeconds ?? pool.cpuLimitSeconds,
    softLimitRatio: own.softLimitRatio ?? pool.softLimitRatio,
    env: own.env ?? pool.env,
    maxDurationMs: own.maxDurationMs ?? pool.maxDurationMs,
    idleTimeoutMs: own.idleTimeoutMs ?? pool.idleTimeoutMs,
    abortGraceMs: own.abortGraceMs ?? pool.abortGraceMs,
    record: own.record === false ? null : (own.record ?? pool.record),
    escalation: own.escalation ?? pool.escalation,
  };
}

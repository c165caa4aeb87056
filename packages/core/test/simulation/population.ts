/** Who lives in a simulated pool, within which limits, and how each behaves at what time of the day. */
import type { RateLimit } from '../../src/limits/token-bucket.js';
import type { AgentPoolOptions } from '../../src/pool/pool-options.js';
import type { LadderBounds } from '../../src/tenant/tenant-escalation.js';
import type { TenantOptionsInput } from '../../src/tenant/tenant-options.js';
import { boundsOf } from '../escalation/mixed-bounds.js';
import type { Fate, RunFate, StartFate } from './fate.js';

export const TENANT_COUNT = 200;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
/** From then on everybody behaves and nobody acts by hand. */
export const CALM_MS = 21 * HOUR_MS;
export const OUTAGE_MS = 600_000;

export const TEMPERS = ['fails', 'crashes', 'swells', 'blocks', 'hangs', 'floods'] as const;
export type Temper = (typeof TEMPERS)[number];

export interface SimulatedTenant {
  readonly id: string;
  readonly bounds: LadderBounds;
  readonly maxSessions: number;
  readonly rateLimit: RateLimit | null;
  /** Null for one that behaves all day. */
  readonly temper: Temper | null;
  readonly badFromMs: number;
  readonly badUntilMs: number;
}

/** `scarce`: few isolates, no queue, one tenant moved up at a time. */
export type Style = 'roomy' | 'queued' | 'scarce';

export interface Population {
  readonly style: Style;
  readonly tenants: readonly SimulatedTenant[];
  readonly outageFromMs: number;
}

export const LIMITS = {
  poolSessions: 16,
  batchSessions: 7,
  maxDurationMs: 60_000,
  maxEjectedRatio: { roomy: 0.25, queued: 0.02, scarce: 0 },
  maxIsolates: { roomy: 48, queued: 4, scarce: 2 },
  consecutiveFailures: 5,
  confinementMs: 60_000,
  maxConfinementMs: 600_000,
  probationMs: 60_000,
} as const;

export function populationOf(seed: number, random: () => number): Population {
  const style = (['roomy', 'queued', 'scarce'] as const)[Math.abs(seed) % 3]!;
  const tenants = Array.from({ length: TENANT_COUNT }, (_, n): SimulatedTenant => {
    const id = `t${n}`;
    const bounds = n === 41 ? { ...boundsOf(id), pin: 'thread' as const } : boundsOf(id);
    // Who begins in an isolate is more often of the kind that only isolates know.
    const isBad = random() < (bounds.start === 'coroutine' ? 0.09 : 0.4);
    const temper = TEMPERS[Math.floor(random() * TEMPERS.length)]!;
    const badFromMs = random() * (CALM_MS - HOUR_MS);
    const healsMs = random() < 0.7 ? HOUR_MS : DAY_MS;
    return {
      id,
      bounds,
      maxSessions: 3 + (n % 5),
      rateLimit: n % 3 === 0 ? { sessionsPerSecond: 0.5 + (n % 2), burst: 4 } : null,
      temper: isBad ? temper : null,
      badFromMs,
      badUntilMs: Math.min(CALM_MS, badFromMs + healsMs),
    };
  });
  return { style, tenants, outageFromMs: HOUR_MS + random() * (CALM_MS - 2 * HOUR_MS) };
}

/** All but the isolates and the state directory, which are each life's own. */
export type SimulatedOptions = Omit<
  Extract<AgentPoolOptions, { isolates: unknown }>,
  'isolates' | 'stateDir'
>;

export function poolOptionsOf({ style, tenants }: Population): SimulatedOptions {
  return {
    enableIntrospection: false,
    memoryWarnMb: 0,
    strayErrors: 'crash',
    maxConcurrentSessions: LIMITS.poolSessions,
    maxSessionsPerAgent: { batch: LIMITS.batchSessions },
    maxDurationMs: LIMITS.maxDurationMs,
    enableTenantCircuitBreaker: true,
    consecutiveFailureLimit: LIMITS.consecutiveFailures,
    isolateOptions: {
      maxIsolates: LIMITS.maxIsolates[style],
      isolateIdleMs: 400_000,
      restart: { intensity: 2 },
    },
    tenants: Object.fromEntries(tenants.map((tenant) => [tenant.id, tenantOptionsOf(tenant)])),
    escalation: {
      enforce: true,
      maxEjectedRatio: LIMITS.maxEjectedRatio[style],
      confinementMs: LIMITS.confinementMs,
      maxConfinementMs: LIMITS.maxConfinementMs,
      probationMs: LIMITS.probationMs,
      canaryRatio: 0.3,
      onEscalate: style === 'roomy' ? 'drain' : 'finish',
    },
    ...(style === 'scarce'
      ? {}
      : { fairQueue: { maxWaiting: 24, maxWaitingPerTenant: 6, maxWaitMs: 5_000 } }),
  };
}

function tenantOptionsOf({ bounds, maxSessions, rateLimit }: SimulatedTenant): TenantOptionsInput {
  const { start, floor, ceiling, pin } = bounds;
  return {
    maxSessions,
    isolation: start === 'coroutine' ? 'coroutine' : 'process',
    isolate: start === 'thread' ? 'worker_threads' : 'child_process',
    ...(rateLimit === null ? {} : { rateLimit }),
    escalation: {
      floor: floor as 'coroutine' | 'thread' | 'process',
      ceiling,
      ...(pin === null ? {} : { pin }),
    },
  };
}

/** How a session of a tenant goes that opens now. */
export function fateOf(
  { outageFromMs }: Population,
  { temper, badFromMs, badUntilMs }: SimulatedTenant,
  { open, atMs, random }: { open: number; atMs: number; random: () => number },
): Fate {
  const isOutage = atMs >= outageFromMs && atMs < outageFromMs + OUTAGE_MS;
  // A blocker blocks also while everything fails.
  const isActive = (atMs >= badFromMs && atMs < badUntilMs) || (isOutage && temper === 'blocks');
  const isBad = temper !== null && isActive;
  const isCalm = atMs >= CALM_MS;
  const chance = random();
  const length = 100 + random() * random() * 40_000;
  let run: RunFate = 'completes';
  if (isBad && chance < 0.85) run = misdeedOf(temper, random);
  else if (isOutage && chance < 0.95) run = 'fails';
  else if (!isCalm && chance > 0.98) run = chance > 0.99 ? 'fails' : 'hangs';
  const starts: readonly StartFate[] = ['refused', 'late', 'dies', 'ends-early'];
  const start = random() < 0.05 && !isCalm ? starts[Math.floor(random() * 4)]! : 'prompt';
  const afterMs = Math.round(run === 'completes' ? length : 50 + random() * 1_500);
  return { open, start, run, afterMs };
}

function misdeedOf(temper: Temper, random: () => number): RunFate {
  if (temper === 'hangs') return random() < 0.5 ? 'hangs' : 'deaf';
  return temper === 'floods' ? 'completes' : temper;
}

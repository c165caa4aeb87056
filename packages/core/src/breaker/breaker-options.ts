/**
 * The option group `circuitBreaker`, its two short forms, and what they come to. What the numbers do
 * is told in `breaker.ts` and in the rules.
 */
import { z } from 'zod';
import { TenantryError } from '../errors/errors.js';

const Ms = z
  .number()
  .min(1)
  .max(24 * 3_600_000);

const DEFAULT_COOLDOWN_MS = 30_000;
const DEFAULT_MAX_COOLDOWN_MS = 300_000;

/** When a tenant's new sessions are refused because its sessions keep failing. */
export const BreakerOptions = z.strictObject({
  /** False: it counts, logs and shows what it would have done, and refuses nobody. */
  enforce: z.boolean().default(true),
  /** Share of failed sessions in the window above which it opens, 0 to 1. */
  failureRatio: z.number().min(0).max(1).default(0.5),
  /** Fewer ends than this in the window are no evidence. */
  minimumSamples: z.int().min(1).max(1_000_000).default(5),
  /** The window: how long the end of a session counts; also how long one step of growth lasts. */
  windowMs: Ms.default(60_000),
  /** As many failures without a success between them open it too, however far apart. */
  consecutiveFailures: z.int().min(1).max(1_000_000).default(5),
  /** How long it is open before a session may probe. 30,000 by default. */
  cooldownMs: Ms.optional(),
  /** A failed probe makes the next cooldown this many times longer. */
  cooldownFactor: z.number().min(1).max(100).default(2),
  /** But no longer than this. 300,000 by default, or `cooldownMs` where that is longer. */
  maxCooldownMs: Ms.optional(),
  /** A probe that has not ended by then counts as failed. */
  probeTimeoutMs: Ms.default(30_000),
});
type BreakerOptions = Readonly<z.output<typeof BreakerOptions>>;

/** The options with every default. */
export type BreakerSettings = Required<{
  [K in keyof BreakerOptions]: NonNullable<BreakerOptions[K]>;
}>;

export interface BreakerChoice {
  readonly circuitBreaker?: BreakerOptions | undefined;
  readonly enableTenantCircuitBreaker?: boolean | undefined;
  readonly tenantCircuitCooldownMs?: number | undefined;
}

/**
 * What the three options come to; null: no breaker at all. One that nobody asked for only observes.
 * @throws TENANTRY_OPTIONS_INVALID where they contradict each other
 */
export function breakerSettings(choice: BreakerChoice): BreakerSettings | null {
  const { circuitBreaker, enableTenantCircuitBreaker: enabled } = choice;
  if (circuitBreaker !== undefined && enabled !== undefined) {
    const isEnforced = circuitBreaker.enforce;
    if (!enabled) throw contradiction('enableTenantCircuitBreaker', false, 'is given');
    if (!isEnforced) throw contradiction('enableTenantCircuitBreaker', true, '.enforce is false');
  }
  if (enabled === false) return null;
  const options = circuitBreaker ?? BreakerOptions.parse({ enforce: enabled ?? false });
  const shortMs = choice.tenantCircuitCooldownMs;
  if (shortMs !== undefined && options.cooldownMs !== undefined && shortMs !== options.cooldownMs) {
    throw contradiction('tenantCircuitCooldownMs', shortMs, `.cooldownMs is ${options.cooldownMs}`);
  }
  const cooldownMs = shortMs ?? options.cooldownMs ?? DEFAULT_COOLDOWN_MS;
  const maxCooldownMs = options.maxCooldownMs ?? Math.max(DEFAULT_MAX_COOLDOWN_MS, cooldownMs);
  if (maxCooldownMs < cooldownMs) {
    throw new TenantryError(
      'TENANTRY_OPTIONS_INVALID',
      `circuitBreaker.maxCooldownMs is ${maxCooldownMs}: shorter than a cooldown of ${cooldownMs} ms`,
      { details: { path: ['circuitBreaker', 'maxCooldownMs'] } },
    );
  }
  return { ...options, cooldownMs, maxCooldownMs };
}

function contradiction(short: string, value: unknown, other: string): TenantryError {
  return new TenantryError(
    'TENANTRY_OPTIONS_INVALID',
    `${short} is ${String(value)} but circuitBreaker${other.startsWith('.') ? '' : ' '}${other}: ` +
      'say it once',
    { details: { path: [short] } },
  );
}

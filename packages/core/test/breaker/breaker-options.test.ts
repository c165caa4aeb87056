import { describe, expect, test } from '@jest/globals';
import { BreakerOptions, breakerSettings } from '../../src/breaker/breaker-options.js';
import { parsePoolOptions } from '../../src/pool/pool-options.js';
import { thrownBy } from '../caught.js';

const DEFAULTS = {
  enforce: true,
  failureRatio: 0.5,
  minimumSamples: 5,
  windowMs: 60_000,
  consecutiveFailures: 5,
  cooldownMs: 30_000,
  cooldownFactor: 2,
  maxCooldownMs: 300_000,
  probeTimeoutMs: 30_000,
};

describe('the options of a pool come to', () => {
  test.each<readonly [object, object | null]>([
    [{}, { ...DEFAULTS, enforce: false }],
    [{ circuitBreaker: {} }, DEFAULTS],
    [{ enableTenantCircuitBreaker: true }, DEFAULTS],
    [{ enableTenantCircuitBreaker: false }, null],
    [{ enableTenantCircuitBreaker: false, tenantCircuitCooldownMs: 5 }, null],
    [{ tenantCircuitCooldownMs: 5 }, { ...DEFAULTS, enforce: false, cooldownMs: 5 }],
    [{ circuitBreaker: { enforce: false } }, { ...DEFAULTS, enforce: false }],
    [
      { circuitBreaker: { windowMs: 9 }, tenantCircuitCooldownMs: 7 },
      { ...DEFAULTS, windowMs: 9, cooldownMs: 7 },
    ],
    [
      { circuitBreaker: { cooldownMs: 7 }, tenantCircuitCooldownMs: 7 },
      { ...DEFAULTS, cooldownMs: 7 },
    ],
    [
      { circuitBreaker: {}, enableTenantCircuitBreaker: true, tenantCircuitCooldownMs: 600_000 },
      { ...DEFAULTS, cooldownMs: 600_000, maxCooldownMs: 600_000 },
    ],
  ])('%j → %j', (options, settings) => {
    expect(parsePoolOptions(options).defaults.breaker).toEqual(settings);
  });
});

describe('options that contradict each other are refused', () => {
  test.each<readonly [object, string]>([
    [
      { circuitBreaker: { cooldownMs: 8 }, tenantCircuitCooldownMs: 7 },
      'tenantCircuitCooldownMs is 7 but circuitBreaker.cooldownMs is 8: say it once',
    ],
    [
      { circuitBreaker: { maxCooldownMs: 8 }, tenantCircuitCooldownMs: 9 },
      'circuitBreaker.maxCooldownMs is 8: shorter than a cooldown of 9 ms',
    ],
    [
      { circuitBreaker: {}, enableTenantCircuitBreaker: false },
      'enableTenantCircuitBreaker is false but circuitBreaker is given: say it once',
    ],
    [
      { circuitBreaker: { enforce: false }, enableTenantCircuitBreaker: true },
      'enableTenantCircuitBreaker is true but circuitBreaker.enforce is false: say it once',
    ],
    [
      { circuitBreaker: { cooldownMs: 8, maxCooldownMs: 7 } },
      'circuitBreaker.maxCooldownMs is 7: shorter than a cooldown of 8 ms',
    ],
    [{ circuitBreaker: { maxCooldownMs: 29_999 } }, 'shorter than a cooldown of 30000 ms'],
    [{ circuitBreaker: { failureRatio: 1.1 } }, 'circuitBreaker.failureRatio'],
    [{ circuitBreaker: { cooldown: 5 } }, 'Unrecognized key: "cooldown"'],
    [{ enableTenantCircuitBreaker: 'yes' }, 'enableTenantCircuitBreaker'],
    [{ tenantCircuitCooldownMs: 0 }, 'tenantCircuitCooldownMs'],
  ])('%j', (options, message) => {
    const error = thrownBy(() => parsePoolOptions(options));
    expect(error.code).toBe('TENANTRY_OPTIONS_INVALID');
    expect(error.message).toContain(message);
  });
});

test('settings are complete without a pool', () => {
  expect(breakerSettings({ circuitBreaker: BreakerOptions.parse({}) })).toEqual(DEFAULTS);
});

import { describe, expect, test } from '@jest/globals';
import { EscalationOptions } from '../../src/escalation/escalation-options.js';
import { parsePoolOptions } from '../../src/pool/pool-options.js';
import { thrownBy } from '../caught.js';

test('every default is the documented one', () => {
  expect(EscalationOptions.parse({})).toEqual({
    enforce: true,
    threshold: 5,
    halfLifeMs: 60_000,
    weights: {
      blockPer100Ms: 1,
      blockMost: 3,
      breakerTrip: 3,
      crash: 2,
      outOfMemory: 5,
      hardKill: 3,
      cpuHogPerS: 1.5,
      allocationPerS: 2,
    },
    onEscalate: 'finish',
    carryOver: true,
    drainTimeoutMs: 10_000,
    memoryLimitMb: 512,
    maxEjectedRatio: 0.25,
    confinementMs: 60_000,
    maxConfinementMs: 600_000,
    probationMs: 60_000,
    canaryRatio: 0.1,
    healthyMs: 60_000,
    hogs: { cpuRatio: 0.5, busyRatio: 0.8, growthMbPerS: 20, growthShareRatio: 0.5 },
  });
});

describe('in a pool', () => {
  test('nothing is enforced where nothing is said', () => {
    expect(parsePoolOptions({}).escalation).toEqual(EscalationOptions.parse({ enforce: false }));
  });

  test('it is enforced where the option is given', () => {
    const { escalation } = parsePoolOptions({ escalation: { threshold: 9 } });
    expect([escalation.enforce, escalation.threshold]).toEqual([true, 9]);
  });

  test('five tenants that fail make an alarm by default', () => {
    expect(parsePoolOptions({}).consecutiveFailureLimit).toBe(5);
  });

  test.each<readonly [object, string, string]>([
    [{ confinementMs: 700_000 }, 'maxConfinementMs: shorter than confinementMs (700000)', '600000'],
    [{ maxConfinementMs: 100 }, 'maxConfinementMs: shorter than confinementMs (60000)', '100'],
    [{ canaryRatio: 0 }, 'canaryRatio', '0'],
    [{ canaryRatio: 1.5 }, 'canaryRatio', '1.5'],
    [{ threshold: 0 }, 'threshold', '0'],
    [{ threshold: Number.NaN }, 'threshold', 'NaN'],
    [{ halfLifeMs: 0 }, 'halfLifeMs', '0'],
    [{ maxEjectedRatio: 2 }, 'maxEjectedRatio', '2'],
    [{ onEscalate: 'kill' }, 'onEscalate', '"kill"'],
    [{ weights: { crash: -1 } }, 'weights.crash', '-1'],
    [{ weights: { crashes: 1 } }, 'weights: Unrecognized key: "crashes"', 'an object'],
    [{ hogs: { growthMbPerS: 0 } }, 'hogs.growthMbPerS', '0'],
  ])('%p is refused with its path and the received value', (escalation, path, received) => {
    const error = thrownBy(() => parsePoolOptions({ escalation }));
    expect(error.code).toBe('TENANTRY_OPTIONS_INVALID');
    expect(error.message).toContain(`escalation.${path}`);
    expect(error.message).toContain(`received ${received}`);
  });

  test('an alarm that never rings is refused', () => {
    const error = thrownBy(() => parsePoolOptions({ consecutiveFailureLimit: 0 }));
    expect(error.message).toContain('consecutiveFailureLimit');
  });
});

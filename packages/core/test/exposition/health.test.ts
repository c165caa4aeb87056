import { expect, test } from '@jest/globals';
import { healthOf, type HealthFacts } from '../../src/exposition/health.js';

const GOOD: HealthFacts = { state: 'running', isOverMemory: false, isSystemic: false };

test.each<[Partial<HealthFacts>, number, string[]]>([
  [{}, 0, []],
  [{}, 999, []],
  [{}, 1_000, ['wedged']],
  [{ state: 'created' }, 0, ['starting']],
  [{ state: 'draining' }, 0, ['draining']],
  [{ state: 'closed' }, 0, ['closed']],
  [{ isOverMemory: true, isSystemic: true }, 5_000, ['memory', 'wedged', 'systemic']],
])('with %j and a loop that stands for %d ms, what speaks against a pool is %j', (...args) => {
  const [facts, loopHeldMs, reasons] = args;
  const health = healthOf({ ...GOOD, ...facts }, { heldForMs: 3, loopHeldMs });
  expect(health).toMatchObject({ ready: reasons.length === 0, reasons, loopHeldMs, heldForMs: 3 });
});

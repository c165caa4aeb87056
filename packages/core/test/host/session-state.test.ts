import { describe, expect, test } from '@jest/globals';
import { canStep, step } from '../../src/host/session-state.js';
import { SESSION_STATES } from '../../src/snapshot/report.js';
import { thrownBy } from '../caught.js';

const ALLOWED = new Set([
  'starting → active',
  'starting → ended',
  'active → draining',
  'active → ended',
  'draining → ended',
]);

const steps = SESSION_STATES.flatMap((from) => SESSION_STATES.map((to) => [from, to] as const));

describe('a session’s state', () => {
  test.each(steps)('%s → %s is allowed or refused as the table says', (from, to) => {
    const allowed = ALLOWED.has(`${from} → ${to}`);
    expect(canStep(from, to)).toBe(allowed);
    if (allowed) expect(step(from, to)).toBe(to);
    else {
      const error = thrownBy(() => step(from, to));
      expect([error.code, error.message]).toEqual([
        'TENANTRY_INTERNAL',
        `a session cannot go from ${from} to ${to}`,
      ]);
    }
  });
});

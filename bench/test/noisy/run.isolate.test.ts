/** One run in a process of its own: that it measures, and that it never hangs. Targets are the bench's. */
import { describe, expect, test } from '@jest/globals';
import type { Order, Times } from '../../src/noisy/plan.js';
import { inOwnProcess } from '../../src/noisy/run.js';
import { GONE } from '../../src/noisy/verdict.js';

const SHORT: Times = {
  warmUpMs: 300,
  baselineMs: 300,
  duringMs: 5_000,
  peerDuringMs: 300,
  afterMs: 300,
};
const run = (order: Omit<Order, 'times'>) => inOwnProcess({ ...order, times: SHORT });

describe('inOwnProcess', () => {
  test('an offender that throws is confined, and the calls beside it are answered', async () => {
    const { figures, failures } = await run({ kind: 'crash', contender: 'ours' });
    expect(failures).toEqual([]);
    expect(figures.healthyFailures).toBe(0);
    expect(figures.msFirstOffenceToConfined).toBeGreaterThan(0);
    expect(figures.p99BaselineMs).toBeGreaterThan(0);
    expect(figures.p99AfterMs).toBeGreaterThan(0);
  });

  test('nobody is confined where the pool only observes', async () => {
    const { figures } = await run({ kind: 'crash', contender: 'noEscalation' });
    expect(figures.msFirstOffenceToConfined).toBeNaN();
    expect(figures.healthyFailures).toBe(0);
  });

  test('a process whose loop never turns again has no figures, and is ended', async () => {
    const { figures, failures } = await run({ kind: 'loop', contender: 'bare' });
    expect(figures).toEqual(GONE);
    expect(failures).toEqual(['the process stood still and was ended']);
  });
});

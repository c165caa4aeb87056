import { describe, expect, test } from '@jest/globals';
import type { MetricsSummary } from '../../src/exposition/metrics-summary.js';
import { AskedInTime } from '../../src/observer/asked-in-time.js';
import { HeldMetrics } from '../../src/observer/held-metrics.js';
import { takeSummary } from '../../src/pool/metrics-summary.js';
import { PoolMetrics } from '../../src/pool/pool-metrics.js';
import { makeParts } from '../../src/pool/pool-parts.js';
import { caught } from '../caught.js';
import { ManualClock } from '../manual-clock.js';
import { MemoryLog } from '../memory-log.js';

/** Of a pool that has just been made, in a state that it is said to be in. */
function summaryOf(state: 'created' | 'running'): MetricsSummary {
  const log = new MemoryLog();
  const parts = makeParts({}, { clock: new ManualClock(), log });
  const none = {
    placement: undefined,
    introspection: undefined,
    incidents: undefined,
    confinement: undefined,
    jobs: { figures: () => undefined },
  };
  return takeSummary({ ...parts, ...none, state }, new PoolMetrics(5, log).parts());
}

interface Holding {
  readonly held: HeldMetrics;
  nowMs: number;
  loopHeldMs: number;
  answer: () => Promise<unknown>;
}

function holding(): Holding {
  const ask = (): Promise<unknown> => it.answer();
  const it: Holding = {
    nowMs: 1_000,
    loopHeldMs: 0,
    answer: () => Promise.resolve(),
    held: new HeldMetrics(
      { nowMs: () => it.nowMs, mainLagMs: () => 7, mainHeldMs: () => it.loopHeldMs, ask },
      new AskedInTime(ask),
    ),
  };
  return it;
}

const blocked = (): Promise<unknown> => new Promise(() => {});

describe('the metrics that are held of a pool', () => {
  test('are waited for the first time', async () => {
    const it = holding();
    it.answer = async () => it.held.hold(summaryOf('running'));
    expect((await it.held.fresh('openmetrics')).text).toContain(
      'tenantry_snapshot_age_seconds 0\n',
    );
  });

  test('are refused where the pool is gone before it has said any', async () => {
    const it = holding();
    it.answer = () =>
      Promise.reject(Object.assign(new Error('closed'), { code: 'TENANTRY_POOL_CLOSED' }));
    expect((await caught(() => it.held.fresh('prometheus'))).code).toBe('TENANTRY_POOL_CLOSED');
  });

  test('say how old they are where the main loop does not answer', async () => {
    const it = holding();
    it.held.hold(summaryOf('running'));
    it.nowMs += 4_500;
    it.loopHeldMs = 4_000;
    it.answer = blocked;
    const { text } = await it.held.fresh('prometheus');
    expect(text).toContain('tenantry_snapshot_age_seconds 4.5\n');
    expect(text).toContain('tenantry_uptime_seconds 4.5\n');
    expect(text).toContain('tenantry_loop_lag_seconds 0.007\n');
    expect(text).toContain('tenantry_not_ready{reason="wedged"} 1\n');
  });
});

describe('the health of a pool', () => {
  test('is what its main thread says', async () => {
    const it = holding();
    it.held.hold(summaryOf('running'));
    it.answer = () =>
      Promise.resolve({ state: 'draining', isOverMemory: false, isSystemic: false });
    expect(await it.held.health()).toMatchObject({ reasons: ['draining'], heldForMs: 0 });
  });

  test('is what that said last where it does not answer', async () => {
    const it = holding();
    it.answer = blocked;
    expect(await it.held.health()).toMatchObject({ ready: false, reasons: ['starting'] });
    it.held.hold(summaryOf('running'));
    it.nowMs += 100;
    expect(await it.held.health()).toMatchObject({ ready: true, reasons: [], heldForMs: 100 });
    it.loopHeldMs = 1_000;
    expect(await it.held.health()).toMatchObject({ reasons: ['wedged'], loopHeldMs: 1_000 });
  });
});

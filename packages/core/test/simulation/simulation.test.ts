/**
 * Days of 200 tenants, each from a seed of its own. `SEED=<number>` replays the one that a failure
 * names; `SEEDS=<number>` lives so many, from `SEED` on where that is given.
 */
import process from 'node:process';
import { expect, test } from '@jest/globals';
import { dayOf } from './day.js';

const BUDGET_MS = 6_000;
const MOST_DAYS = 1_000;
/** One of each style of pool, whatever the machine. */
const LEAST_DAYS = 3;
const MOST_FAULTS = 3;
const LONGEST_MS = 3_600_000;

const USUAL = [
  'breaker.opened',
  'breaker.half-open',
  'breaker.closed',
  'end completed',
  'end failed',
  'end cancelled',
  'end timed-out',
  'full pool',
  'refused TENANTRY_BREAKER_OPEN',
  'refused TENANTRY_TENANT_CAP',
  'systemic.raised',
  'tenant.escalated',
  'tenant.probation',
  'tenant.stepped-down',
  'tenant.released',
];

const seedGiven = process.env['SEED'];
const daysGiven = process.env['SEEDS'];

function plan(): { readonly base: number; readonly days: number; readonly budgetMs: number } {
  // Each run begins elsewhere.
  const base = seedGiven === undefined ? Math.floor(Date.now() / 1_000) % 1e9 : Number(seedGiven);
  if (daysGiven !== undefined) return { base, days: Number(daysGiven), budgetMs: LONGEST_MS };
  if (seedGiven !== undefined) return { base, days: 1, budgetMs: LONGEST_MS };
  return { base, days: MOST_DAYS, budgetMs: BUDGET_MS };
}

test(
  'in a day of 200 tenants no promise is broken, whatever the seed',
  async () => {
    const { base, days, budgetMs } = plan();
    const startMs = performance.now();
    const seen = new Set<string>();
    let lived = 0;
    const faults: string[] = [];
    const hasTime = (): boolean => lived < LEAST_DAYS || performance.now() - startMs < budgetMs;
    while (lived < days && faults.length < MOST_FAULTS && hasTime()) {
      const report = await dayOf(base + lived);
      lived += 1;
      for (const what of report.seen) seen.add(what);
      if (report.fault !== null) faults.push(report.fault);
    }
    if (faults.length > 0) throw new Error(faults.join('\n\n'));
    // A day in which nothing of this happens would keep every promise.
    expect([...seen]).toEqual(expect.arrayContaining(USUAL));
  },
  LONGEST_MS,
);

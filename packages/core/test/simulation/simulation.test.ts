/**
 * Days of 200 tenants, each from a seed of its own. `SEED=<number>` replays the one that a failure
 * names; `SEEDS=<number>` lives so many, from `SEED` on where that is given.
 */
import process from 'node:process';
import { expect, test } from '@jest/globals';
import { dayOf } from './day.js';

const BUDGET_MS = 15_000;
const MOST_DAYS = 1_000;
const LONGEST_MS = 3_600_000;

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
    for (; lived < days && performance.now() - startMs < budgetMs; lived += 1) {
      const report = await dayOf(base + lived);
      for (const what of report.seen) seen.add(what);
      if (report.fault !== null) faults.push(report.fault);
      if (faults.length >= 3) break;
    }
    expect(faults.join('\n\n')).toBe('');
  },
  LONGEST_MS,
);

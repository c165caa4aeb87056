import { describe, expect, test } from '@jest/globals';
import { ISOLATE_STATES } from '../../src/snapshot/report.js';
import { freshnessOf } from '../../src/snapshot/staleness.js';

const RULE = { staleAfterMs: 3_000 };

/** By state: freshness without a report, with one at the limit, with one past it. */
const EXPECTED: Readonly<
  Record<(typeof ISOLATE_STATES)[number], readonly [string, string, string]>
> = {
  starting: ['stale', 'fresh', 'stale'],
  ready: ['lost', 'fresh', 'stale'],
  draining: ['lost', 'fresh', 'stale'],
  stopping: ['lost', 'fresh', 'stale'],
  stuck: ['lost', 'fresh', 'stale'],
  backoff: ['lost', 'lost', 'lost'],
  quarantined: ['lost', 'lost', 'lost'],
  stopped: ['lost', 'lost', 'lost'],
};

describe('the freshness of a report', () => {
  test.each(ISOLATE_STATES)('of an isolate that is %s follows its age', (state) => {
    const found = [null, 3_000, 3_001].map((reportAgeMs) =>
      freshnessOf({ state, reportAgeMs }, RULE),
    );
    expect(found).toEqual(EXPECTED[state]);
  });
});

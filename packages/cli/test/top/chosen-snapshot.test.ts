import { describe, expect, test } from '@jest/globals';
import { parseSnapshot } from '@tenantry/core/snapshot';
import { chosenSnapshot } from '../../src/top/chosen-snapshot.js';
import { richSnapshot } from '../fixtures/rich-snapshot.js';

const ALL = { status: null, tenant: null, agent: null };

describe('chosenSnapshot', () => {
  test('is a snapshot of the contract, sorted', () => {
    const chosen = chosenSnapshot(richSnapshot(), ALL, 'duration_s');
    expect(parseSnapshot(JSON.parse(JSON.stringify(chosen)))).toEqual(chosen);
    const durations = chosen.sessions.map(({ durationMs }) => durationMs);
    expect(durations).toEqual([...durations].sort((a, b) => b - a));
    expect(durations).toHaveLength(17);
  });

  test('a tenant cuts rows, blocks and ends, and leaves the totals', () => {
    const chosen = chosenSnapshot(richSnapshot(), { ...ALL, tenant: 'umbrella' }, 'cpu_pct');
    for (const { tenant } of [...chosen.tenants, ...chosen.sessions, ...chosen.recentEnds]) {
      expect(tenant).toBe('umbrella');
    }
    expect(chosen.sessions).toHaveLength(6);
    expect(chosen.recentEnds).toHaveLength(1);
    expect(chosen.blocks).toEqual([]);
    expect(chosen.totals.activeSessions).toBe(17);
  });

  test('agent and status cut the sessions; errored ones are among the ends', () => {
    const billing = chosenSnapshot(richSnapshot(), { ...ALL, agent: 'billing' }, 'cpu_pct');
    expect(new Set(billing.sessions.map(({ agent }) => agent))).toEqual(new Set(['billing']));
    expect(billing.blocks).toHaveLength(2);
    const slow = chosenSnapshot(richSnapshot(), { ...ALL, status: 'slow' }, 'cpu_pct');
    expect(slow.sessions).toHaveLength(2);
    const errored = chosenSnapshot(richSnapshot(), { ...ALL, status: 'errored' }, 'cpu_pct');
    expect([errored.sessions.length, errored.recentEnds.length]).toEqual([0, 1]);
  });
});

import { describe, expect, test } from '@jest/globals';
import { TenantryError } from '../../src/errors/errors.js';
import type { Outcome } from '../../src/session/outcome.js';
import { RecentEnds } from '../../src/session/recent-ends.js';
import { EndRow } from '../../src/snapshot/figures.js';

const outcome = (session: string, fields: Partial<Outcome> = {}): Outcome => ({
  status: 'succeeded',
  reason: 'completed',
  result: null,
  session,
  tenant: 'acme',
  agent: 'support',
  isolation: 'coroutine',
  isolate: 'main',
  durationMs: 30,
  cpuMs: 4,
  blockedMs: 0,
  memoryPeakBytes: null,
  moves: 0,
  messagesIn: 0,
  messagesOut: 0,
  deploymentVersion: null,
  ...fields,
});

describe('recent ends', () => {
  test('are none at first', () => {
    const ends = new RecentEnds();
    expect(ends.rows(0)).toEqual([]);
    expect(ends.has('s-1')).toBe(false);
  });

  test('are told newest first, with how long ago they were', () => {
    const ends = new RecentEnds();
    ends.add(outcome('s-1'), 1_000);
    ends.add(outcome('s-2'), 1_500);
    const rows = ends.rows(2_000);
    expect(rows.map(({ session, agoMs }) => [session, agoMs])).toEqual([
      ['s-2', 500],
      ['s-1', 1_000],
    ]);
    expect(rows.map((row) => EndRow.parse(row))).toEqual(rows);
  });

  test('are the latest fifty', () => {
    const ends = new RecentEnds();
    for (let at = 1; at <= 120; at += 1) ends.add(outcome(`s-${at}`), at);
    const rows = ends.rows(120);
    expect(rows.map(({ session }) => session)).toEqual(
      Array.from({ length: 50 }, (_, back) => `s-${120 - back}`),
    );
    expect([ends.has('s-71'), ends.has('s-70')]).toEqual([true, false]);
  });

  test('show an error by its code, and never by its message', () => {
    const ends = new RecentEnds();
    const secret = new TenantryError('TENANTRY_AGENT_EXIT', 'card 4111');
    ends.add(outcome('s-1', { status: 'failed', reason: 'failed', error: secret }), 0);
    ends.add(outcome('s-2', { status: 'failed', reason: 'failed', error: new Error('4111') }), 0);
    const rows = ends.rows(0);
    expect(rows.map(({ code }) => code)).toEqual([null, 'TENANTRY_AGENT_EXIT']);
    expect(JSON.stringify(rows)).not.toContain('4111');
  });
});

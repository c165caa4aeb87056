/** What becomes a fact, from events, ends, snapshots and answers. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Outcome, RuntimeEvent, SessionInfo, Snapshot } from '@tenantry/core';
import type { Fact } from '../src/fact.js';
import { Facts, placeIn } from '../src/facts.js';

const escalated = {
  kind: 'tenant.escalated',
  tenant: 'hooli',
  from: 'coroutine',
  to: 'thread',
  carriedOut: true,
  heldBy: null,
  score: 5.24,
  threshold: 5,
  relapses: 0,
  forMs: 4_000,
} as unknown as RuntimeEvent;

const blocked = {
  kind: 'loop.blocked',
  tenant: 'hooli',
  session: 's1',
  isolate: 'main',
  cause: 'session',
  isOngoing: true,
  durationMs: 60,
  place: { function: 'findDuplicates', file: 'agents/duplicates.ts', line: 10 },
} as unknown as RuntimeEvent;

let told: [string, Fact][];
let facts: Facts;

beforeEach(() => {
  told = [];
  facts = new Facts((tenant, fact) => told.push([tenant, fact]));
});

describe('Facts', () => {
  test('tells of each kind of fact of a tenant once', () => {
    facts.onRuntimeEvent(blocked);
    facts.onRuntimeEvent(blocked);
    facts.onRuntimeEvent(escalated);
    expect(told.map(([tenant, { kind }]) => [tenant, kind])).toEqual([
      ['hooli', 'detected'],
      ['hooli', 'confined'],
    ]);
    expect(facts.of('hooli', 'detected')).toMatchObject({
      session: 's1',
      place: 'findDuplicates (agents/duplicates.ts:10)',
    });
    expect(facts.of('hooli', 'confined')).toMatchObject({
      from: 'coroutine',
      to: 'thread',
      why: '5.2 points, 5 are enough',
    });
  });

  test('a decision that was not carried out confines nobody', () => {
    facts.onRuntimeEvent({ ...escalated, carriedOut: false } as RuntimeEvent);
    expect(told).toEqual([]);
  });

  test('a block of an own loop, or of nobody, is no fact', () => {
    facts.onRuntimeEvent({ ...blocked, isolate: 'thread-1' } as RuntimeEvent);
    facts.onRuntimeEvent({ ...blocked, cause: 'gc' } as RuntimeEvent);
    expect(told).toEqual([]);
  });

  test('nothing is told of a healthy tenant', () => {
    facts.onRuntimeEvent({ ...blocked, tenant: 'acme' } as RuntimeEvent);
    expect(told).toEqual([]);
  });

  test('a session that fails is told with the place of its error', () => {
    const error = new TypeError('no customer');
    error.stack =
      'TypeError: no customer\n    at labelOf (file:///x/dist/src/agents/orders.js:8:40)';
    const info = { session: 's2', tenant: 'wonka' } as SessionInfo;
    facts.onSessionEnd(info, { reason: 'failed', error } as unknown as Outcome);
    expect(told[0]![1]).toMatchObject({
      session: 's2',
      what: 'fails: no customer',
      place: 'labelOf (agents/orders.js:8)',
    });
    facts.onSessionEnd({ ...info, tenant: 'stark' }, { reason: 'completed' } as Outcome);
    expect(told).toHaveLength(1);
  });

  test('a rate limit confines, and is felt no more after ten admitted in a row', () => {
    const attempt = (what: string, isMended: boolean): void =>
      facts.attempted('stark', what, isMended);
    for (let count = 0; count < 20; count += 1) attempt('admitted', true);
    expect(told).toEqual([]);
    attempt('TENANTRY_RATE_LIMITED', false);
    expect(facts.of('stark', 'confined')).toBeDefined();
    for (let count = 0; count < 9; count += 1) attempt('admitted', true);
    attempt('TENANTRY_RATE_LIMITED', true);
    for (let count = 0; count < 9; count += 1) attempt('admitted', true);
    expect(facts.of('stark', 'released')).toBeUndefined();
    attempt('admitted', true);
    expect(facts.of('stark', 'released')).toBeDefined();
  });

  test('a look at the pool shows who allocates much and who opens many sessions', () => {
    const snapshot = (
      takenAtMs: number,
      started: number,
      bytesPerS: number,
      durationMs = 300,
    ): Snapshot =>
      ({
        takenAtMs,
        tenants: [{ tenant: 'stark', started, refusals: { 'rate-limit': started } }],
        sessions: [
          {
            session: 's3',
            tenant: 'umbrella',
            isolate: 'main',
            durationMs,
            allocation: { bytesPerS },
          },
        ],
      }) as unknown as Snapshot;
    facts.look(snapshot(0, 0, 1_000), 'umbrella');
    facts.look(snapshot(1_000, 40, 1_000), 'stark');
    expect(told).toEqual([]);
    facts.look(snapshot(2_000, 140, 1_000), 'stark');
    facts.look(snapshot(2_500, 140, 50 * 1_048_576, 100), 'umbrella');
    expect(told).toHaveLength(1);
    facts.look(snapshot(3_000, 140, 50 * 1_048_576), 'umbrella');
    expect(told.map(([tenant, fact]) => [tenant, fact.kind === 'detected' && fact.what])).toEqual([
      ['stark', 'opens 200 sessions a second'],
      ['umbrella', 'allocates 50 MB a second'],
    ]);
  });
});

describe('placeIn', () => {
  test.each([
    [
      'Error: x\n    at async run (/a/b/agents/c.js:3:9)\n    at d (/e/f.js:1:1)',
      'run (agents/c.js:3)',
    ],
    ['Error: x\n    at /a/b/c.js:3:9', null],
    [undefined, null],
  ])('of %j is %j', (stack, place) => {
    expect(placeIn(stack)).toBe(place);
  });
});

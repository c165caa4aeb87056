import { describe, expect, test } from '@jest/globals';
import {
  breakerText,
  ladderText,
  namesText,
  offenceText,
  systemicText,
} from '../../src/view/confinement-text.js';
import { OFFENCE, breaker, ladder } from '../fixtures/confined-snapshot.js';

describe('ladderText', () => {
  test.each<[Parameters<typeof ladder>[0], string]>([
    [{}, 'free on coroutine, 0 relapses'],
    [
      { state: 'confined', rung: 'process', leftMs: 42_000, relapses: 1 },
      'confined on process, 42.0 s left, 1 relapse',
    ],
    [
      { state: 'confined', rung: 'thread', relapses: 2 },
      'confined on thread, until it is released, 2 relapses',
    ],
    [
      { state: 'probation', rung: 'thread', leftMs: 9_000 },
      'probation on thread, 9.0 s left, 0 relapses',
    ],
    [{ state: 'pinned', rung: 'process' }, 'pinned to process, 0 relapses'],
    [{ enforced: false }, 'free on coroutine, 0 relapses, not enforced: it is only told'],
  ])('%j', (over, text) => {
    expect(ladderText(ladder(over))).toBe(text);
  });
});

describe('breakerText', () => {
  test.each<[Parameters<typeof breaker>[0], string]>([
    [{}, 'closed, 0 of 0 failed, opened never'],
    [
      { state: 'open', trips: 2, failures: 6, samples: 8, nextProbeInMs: 12_000 },
      'open, 6 of 8 failed, opened 2 times, next probe in 12.0 s',
    ],
    [
      { state: 'half-open', enforced: false, trips: 1, failures: 5, samples: 5 },
      'half-open (counts only), 5 of 5 failed, opened once',
    ],
  ])('%j', (over, text) => {
    expect(breakerText(breaker(over))).toBe(text);
  });
});

test('an offence is told with its place, where it has one', () => {
  expect(offenceText(OFFENCE)).toBe('block 3.0 s ago at chargeCard (agents/billing.js:42)');
  expect(offenceText({ kind: 'crash', agoMs: 61_000, place: null })).toBe('crash 1 m 01 s ago');
});

test('a systemic alarm names the tenants that fail together', () => {
  expect(systemicText({ tenants: ['acme', 'globex'], sinceMs: 12_000 })).toBe(
    'systemic alarm for 12.0 s: acme, globex fail together; nobody is moved for it',
  );
  expect(systemicText({ tenants: [], sinceMs: 0 })).toContain('tenants fail together');
});

test('five names are named, more are counted', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  expect(namesText(names.slice(0, 5))).toBe('a, b, c, d, e');
  expect(namesText(names)).toBe('a, b, c, d, e and 2 more');
});

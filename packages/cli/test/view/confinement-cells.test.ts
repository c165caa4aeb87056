import { describe, expect, test } from '@jest/globals';
import type { TenantRow } from '@tenantry/core/snapshot';
import {
  breakerCell,
  heldIn,
  rungCell,
  scoreCell,
  waitingCell,
} from '../../src/view/confinement-cells.js';
import { shortMs } from '../../src/view/format.js';
import type { Terminal } from '../../src/view/terminal.js';
import { breaker, ladder } from '../fixtures/confined-snapshot.js';
import { tenantRow } from '../fixtures/sample-snapshot.js';

const wide: Terminal = { columns: null, hasColour: false, hasUnicode: true };
const rungOf = (over: Partial<TenantRow>, terminal = wide) =>
  rungCell(tenantRow(over), shortMs, terminal);

describe('rungCell', () => {
  test.each<[string, Parameters<typeof ladder>[0], string, string]>([
    ['free', {}, 'coroutine', 'plain'],
    ['confined', { state: 'confined', rung: 'process', leftMs: 42_000 }, 'process 42.0s', 'warn'],
    ['by hand', { state: 'confined', rung: 'thread' }, 'thread (hand)', 'warn'],
    [
      'refused',
      { state: 'confined', rung: 'quarantined', leftMs: 61_000 },
      'quarantined 1m01s',
      'bad',
    ],
    [
      'tried',
      { state: 'probation', rung: 'process', leftMs: 9_000 },
      'process→thread 9.0s',
      'accent',
    ],
    ['tried again', { state: 'probation', rung: 'quarantined' }, 'quarantined→process', 'bad'],
    ['back soon', { state: 'probation', rung: 'thread' }, 'thread→coroutine', 'accent'],
    ['pinned', { state: 'pinned', rung: 'thread', pin: 'thread' }, 'thread (pin)', 'accent'],
  ])('%s', (_, over, text, tone) => {
    expect(rungOf({ ladder: ladder(over) })).toEqual({ text, tone });
  });

  test('without a ladder it is the rung alone', () => {
    expect(rungOf({})).toEqual({ text: 'coroutine', tone: 'plain' });
    expect(rungOf({ ladder: null, rung: 'thread' })).toEqual({ text: 'thread', tone: 'plain' });
    expect(rungOf({ rung: 'quarantined' })).toEqual({ text: 'quarantined', tone: 'bad' });
  });

  test('the quarantine of a failing isolate is told whatever the ladder says', () => {
    const over = { rung: 'quarantined', quarantinedForMs: 5_000, ladder: ladder() } as const;
    expect(rungOf(over)).toEqual({ text: 'quarantined, 5.0s left', tone: 'bad' });
  });

  test('in ASCII the way down is ASCII', () => {
    const over = { ladder: ladder({ state: 'probation', rung: 'thread' }) };
    expect(rungOf(over, { ...wide, hasUnicode: false }).text).toBe('thread>coroutine');
  });
});

describe('breakerCell', () => {
  test.each<[string, TenantRow['breaker'], string, string]>([
    ['none', null, '-', 'plain'],
    ['closed', breaker(), '-', 'plain'],
    ['open', breaker({ state: 'open', nextProbeInMs: 12_000 }), 'open 12.0s', 'bad'],
    ['open, a probe is due', breaker({ state: 'open' }), 'open', 'bad'],
    ['half-open', breaker({ state: 'half-open' }), 'half-open', 'warn'],
    ['only counting', breaker({ state: 'open', enforced: false }), '(open)', 'warn'],
  ])('%s', (_, own, text, tone) => {
    const row = tenantRow({ breaker: own });
    expect(breakerCell(row, shortMs)).toEqual({ text, tone });
  });
});

describe('scoreCell', () => {
  test.each<[TenantRow['ladder'], string, string]>([
    [null, '-', 'plain'],
    [ladder(), '-', 'plain'],
    [ladder({ score: 0.04 }), '-', 'plain'],
    [ladder({ score: 0.05 }), '0.1/5', 'plain'],
    [ladder({ score: 2.4 }), '2.4/5', 'plain'],
    [ladder({ score: 3.24 }), '3.2/5', 'warn'],
    [ladder({ score: 5, threshold: 5 }), '5/5', 'bad'],
    [ladder({ score: 7.5, threshold: 7.25 }), '7.5/7.3', 'bad'],
    [ladder({ score: 6, enforced: false }), '(6/5)', 'bad'],
  ])('%j', (own, text, tone) => {
    expect(scoreCell(tenantRow({ ladder: own }))).toEqual({ text, tone });
  });
});

describe('waitingCell', () => {
  test('says how many wait', () => {
    expect(waitingCell(tenantRow())).toEqual({ text: '-', tone: 'plain' });
    expect(waitingCell(tenantRow({ queued: { waiting: 0, oldestMs: 0 } })).text).toBe('-');
    expect(waitingCell(tenantRow({ queued: { waiting: 1_200, oldestMs: 5 } }))).toEqual({
      text: '1,200',
      tone: 'warn',
    });
  });
});

describe('heldIn', () => {
  test('one tenant that has it is enough', () => {
    expect(heldIn([tenantRow()])).toEqual({
      hasLadder: false,
      hasBreaker: false,
      hasQueue: false,
    });
    expect(heldIn([tenantRow({ ladder: null, breaker: null })]).hasLadder).toBe(false);
    expect(heldIn([tenantRow(), tenantRow({ ladder: ladder() })]).hasLadder).toBe(true);
    expect(heldIn([tenantRow({ breaker: breaker() })]).hasBreaker).toBe(true);
    expect(heldIn([tenantRow({ queued: { waiting: 0, oldestMs: 0 } })]).hasQueue).toBe(true);
  });
});

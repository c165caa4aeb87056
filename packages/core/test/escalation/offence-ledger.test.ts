import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MOST_EVIDENCE, OffenceLedger } from '../../src/escalation/offence-ledger.js';
import { offenceOf } from './test-escalation.js';

const HALF_LIFE_MS = 60_000;
const ledger = (): OffenceLedger => new OffenceLedger(HALF_LIFE_MS, 0);
const at = (atMs: number) => offenceOf('crash', { atMs });

describe('a score', () => {
  test('halves each half-life, whenever it is looked at', () => {
    const one = ledger();
    one.add(at(0), 8, 0);
    expect(one.scoreAt(0)).toBe(8);
    expect(one.scoreAt(HALF_LIFE_MS)).toBe(4);
    expect(one.scoreAt(3 * HALF_LIFE_MS)).toBe(1);
    expect(one.scoreAt(HALF_LIFE_MS / 2)).toBeCloseTo(8 * Math.SQRT1_2, 12);
  });

  test('is the sum of what is left of each offence', () => {
    const told = fc.record({
      points: fc.double({ min: 0, max: 10, noNaN: true }),
      laterMs: fc.integer({ min: 0, max: 30_000 }),
    });
    fc.assert(
      fc.property(fc.array(told, { maxLength: 40 }), (offences) => {
        const one = ledger();
        let nowMs = 0;
        const facts: { atMs: number; points: number }[] = [];
        for (const { points, laterMs } of offences) {
          nowMs += laterMs;
          one.add(at(nowMs), points, nowMs);
          facts.push({ atMs: nowMs, points });
        }
        const sum = facts.reduce(
          (total, { atMs, points }) => total + points * 0.5 ** ((nowMs - atMs) / HALF_LIFE_MS),
          0,
        );
        expect(one.scoreAt(nowMs)).toBeCloseTo(sum, 9);
      }),
    );
  });

  test('never grows by itself', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 100_000 })), (waitsMs) => {
        const one = ledger();
        one.add(at(0), 5, 0);
        let [nowMs, before] = [0, 5];
        for (const waitMs of waitsMs) {
          const score = one.scoreAt((nowMs += waitMs));
          expect(score).toBeLessThanOrEqual(before);
          before = score;
        }
      }),
    );
  });

  test('is told apart from the part of it that no shared cause explains', () => {
    const one = ledger();
    one.add(at(0), 8, 0);
    one.add(offenceOf('block'), 4, 0);
    one.add(offenceOf('breaker-trip'), 3, HALF_LIFE_MS);
    one.add(offenceOf('hard-kill'), 3, HALF_LIFE_MS);
    expect([one.scoreAt(HALF_LIFE_MS), one.ownScoreAt(HALF_LIFE_MS)]).toEqual([12, 5]);
    one.resetScore();
    expect(one.ownScoreAt(HALF_LIFE_MS)).toBe(0);
  });

  test('takes an offence in full that is told late', () => {
    const one = ledger();
    one.add(at(100), 5, 4_100);
    expect(one.scoreAt(4_100)).toBe(5);
  });
});

describe('the evidence', () => {
  test('is the last twenty, in order', () => {
    const one = ledger();
    for (let n = 0; n < 30; n += 1) one.add(at(n), 1, n);
    expect(one.entries).toHaveLength(MOST_EVIDENCE);
    expect(one.entries.map(({ offence }) => offence.atMs)[0]).toBe(10);
    expect(one.last?.atMs).toBe(29);
  });

  test('of a score leaves out what was worth nothing, what has decayed, and what was before the move', () => {
    const one = ledger();
    one.add(at(0), 5, 0);
    one.resetScore();
    one.add(at(1), 0.06, 1);
    one.add(at(2), 0, 2);
    one.add(at(3), 2, 3);
    expect(one.standingAt(3).map(({ atMs }) => atMs)).toEqual([1, 3]);
    expect(one.standingAt(HALF_LIFE_MS).map(({ atMs }) => atMs)).toEqual([3]);
    expect(one.entries).toHaveLength(4);
  });

  test('stays when the score is reset, and goes when the ledger is cleared', () => {
    const one = ledger();
    one.add(at(0), 5, 0);
    one.resetScore();
    expect([one.scoreAt(0), one.entries.length]).toEqual([0, 1]);
    one.add(at(0), 5, 0);
    one.clear();
    expect([one.scoreAt(0), one.entries.length, one.last]).toEqual([0, 0, null]);
  });
});

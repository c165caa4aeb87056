import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BadCredentialOptions, BadCredentials } from '../../src/auth/bad-credentials.js';
import { HandClock } from '../fixtures/hand-clock.js';

const made = (options: object = {}) => {
  const clock = new HandClock();
  return { clock, bad: new BadCredentials(BadCredentialOptions.parse(options), clock) };
};

describe('who keeps showing bad credentials', () => {
  test('waits twice as long after each one that counts, up to a minute', () => {
    const { clock, bad } = made();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 13; attempt += 1) {
      expect(bad.take(['a'])).toBe(0);
      const waitMs = bad.take(['a']);
      waits.push(waitMs);
      if (waitMs > 0) clock.pass(waitMs - 1);
      if (waitMs > 0) expect(bad.take(['a'])).toBe(1);
      clock.pass(1);
      // Without a wait the second try counted as well.
      if (waitMs === 0) attempt += 1;
    }
    expect(waits).toEqual([
      0, 0, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000,
    ]);
  });

  test('does not make its wait longer by asking during it', () => {
    const { bad } = made({ freeAttempts: 1 });
    expect(bad.take(['a'])).toBe(0);
    for (let attempt = 0; attempt < 1_000; attempt += 1) expect(bad.take(['a'])).toBe(1_000);
  });

  test('slows down nobody else', () => {
    const { bad } = made({ freeAttempts: 1 });
    for (let attempt = 0; attempt < 100; attempt += 1) bad.take(['a', 'key:1']);
    expect(bad.take(['b'])).toBe(0);
    expect(bad.take(['c', 'key:1'])).toBe(1_000);
    expect(bad.take(['c'])).toBe(0);
  });

  test('begins anew after a quiet quarter of an hour', () => {
    const { clock, bad } = made({ freeAttempts: 2 });
    for (let attempt = 0; attempt < 12; attempt += 1) {
      bad.take(['a']);
      clock.pass(60_000);
    }
    clock.pass(900_000);
    expect(bad.take(['a'])).toBe(0);
    expect(bad.take(['a'])).toBe(0);
    expect(bad.take(['a'])).toBe(1_000);
  });

  test('is not helped by a wall clock that jumps', () => {
    const { clock, bad } = made({ freeAttempts: 1 });
    bad.take(['a']);
    for (const jumpMs of [3_600_000, -7_200_000]) {
      clock.wallMs += jumpMs;
      expect(bad.take(['a'])).toBe(1_000);
    }
  });

  test('takes no more memory than it is given, whoever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(200), { maxLength: 300 }), (callers) => {
        const { bad } = made({ maxCallers: 20, freeAttempts: 1 });
        for (const caller of callers) bad.take([`${caller}`, `key:${caller}`]);
        expect(bad.callerCount).toBeLessThanOrEqual(20);
      }),
    );
    const { bad } = made({ maxCallers: 10, freeAttempts: 1 });
    for (let caller = 0; caller < 100_000; caller += 1) bad.take([`${caller}`]);
    expect(bad.callerCount).toBe(10);
    expect(bad.take(['99999'])).toBe(1_000);
  });
});

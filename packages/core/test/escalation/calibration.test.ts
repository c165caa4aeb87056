import { expect, test } from '@jest/globals';
import { EscalationOptions } from '../../src/escalation/escalation-options.js';
import { HogWatch } from '../../src/escalation/hog-watch.js';
import { testEscalation } from './test-escalation.js';

const MB = 1_048_576;

test('200 ms of the shared loop once a second: moved at the third block', () => {
  const it = testEscalation();
  for (let n = 1; n <= 3; n += 1) {
    it.offend('block', { durationMs: 200 });
    expect(it.kinds()).toEqual(n === 3 ? ['escalated'] : []);
    it.clock.advance(1_000);
  }
});

test.each([200, 5_000, 3_600_000])('one block of %d ms moves nobody', (durationMs) => {
  const it = testEscalation();
  it.offend('block', { durationMs });
  expect(it.told).toEqual([]);
});

test('60 ms of the shared loop once a minute never moves anyone', () => {
  const it = testEscalation();
  for (let minute = 0; minute < 24 * 60; minute += 1) {
    it.offend('block', { durationMs: 60 });
    expect(it.escalation.stateOf('acme').score).toBeLessThan(1.2);
    it.clock.advance(60_000);
  }
  expect(it.told).toEqual([]);
});

test.each([0, 1, 900])('one end for memory is enough, told %d ms after it', (lateMs) => {
  const it = testEscalation();
  it.offend('out-of-memory', { atMs: it.clock.nowMs() - lateMs });
  expect(it.told.map(({ to }) => to)).toEqual(['process']);
});

/** Seconds until a tenant is moved that takes so much without ever blocking the loop. */
function secondsUntilMoved(cpuNowRatio: number, mbPerS: number): number {
  const it = testEscalation();
  const watch = new HogWatch(EscalationOptions.parse({}).hogs);
  for (let n = 0; n < 120; n += 1) {
    const tenants = new Map([['acme', { cpuNowRatio, allocatedBytesPerS: mbPerS * MB }]]);
    const offences = watch.sample({
      atMs: it.clock.nowMs(),
      atEpochMs: it.clock.epochMs(),
      loopBusyRatio: cpuNowRatio,
      heapAndExternalBytes: n * (mbPerS / 2) * MB,
      tenants,
    });
    for (const offence of offences) it.escalation.offence('acme', offence);
    if (it.told.length > 0) return n / 2;
    it.clock.advance(500);
  }
  return Number.POSITIVE_INFINITY;
}

test('who hogs the CPU without a block, or the memory, is moved within seconds', () => {
  expect(secondsUntilMoved(1, 0)).toBe(4.5);
  expect(secondsUntilMoved(0.1, 100)).toBe(3);
  expect(secondsUntilMoved(0.4, 10)).toBe(Number.POSITIVE_INFINITY);
});

import { describe, expect, test } from '@jest/globals';
import { delay, settledWithin, withDeadline } from '../../src/time/deadline.js';
import { caught } from '../caught.js';
import { ManualClock } from '../manual-clock.js';
import { turns } from '../turns.js';

const late = (): Error => new Error('late');

describe('withDeadline', () => {
  test('answers what the promise answers and leaves no timer', async () => {
    const clock = new ManualClock();
    expect(await withDeadline(clock, Promise.resolve(7), 100, late)).toBe(7);
    expect(clock.armedCount).toBe(0);
  });

  test('rejects as the promise rejects and leaves no timer', async () => {
    const clock = new ManualClock();
    const error = await caught(() =>
      withDeadline(clock, Promise.reject(new Error('own')), 100, late),
    );
    expect(error.message).toBe('own');
    expect(clock.armedCount).toBe(0);
  });

  test('rejects at the deadline and not before it', async () => {
    const clock = new ManualClock();
    let settled = false;
    const waiting = withDeadline(clock, new Promise(() => {}), 100, late);
    waiting.catch(() => {}).finally(() => (settled = true));
    clock.advance(99);
    await turns();
    expect(settled).toBe(false);
    clock.advance(1);
    expect((await caught(() => waiting)).message).toBe('late');
  });

  test('swallows what the promise rejects with after the deadline', async () => {
    const clock = new ManualClock();
    let fail: (error: Error) => void = () => {};
    const waiting = withDeadline(clock, new Promise((_, reject) => (fail = reject)), 1, late);
    clock.advance(1);
    await caught(() => waiting);
    fail(new Error('too late to matter'));
    await turns();
  });
});

describe('settledWithin', () => {
  test.each([
    ['resolves', Promise.resolve(7)],
    ['rejects', Promise.reject(new Error('own'))],
  ])('is true where the promise %s in time, and leaves no timer', async (_how, promise) => {
    const clock = new ManualClock();
    expect(await settledWithin(clock, promise, 100)).toBe(true);
    expect(clock.armedCount).toBe(0);
  });

  test('is false where the time is over first', async () => {
    const clock = new ManualClock();
    const waiting = settledWithin(clock, new Promise(() => {}), 100);
    clock.advance(100);
    expect(await waiting).toBe(false);
  });
});

describe('delay', () => {
  test('resolves when the time has passed', async () => {
    const clock = new ManualClock();
    let over = false;
    const waiting = delay(clock, 50).then(() => (over = true));
    clock.advance(49);
    await turns();
    expect(over).toBe(false);
    clock.advance(1);
    await waiting;
    expect(over).toBe(true);
  });
});

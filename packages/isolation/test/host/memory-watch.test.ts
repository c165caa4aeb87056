import { describe, expect, test } from '@jest/globals';
import { watchMemory, type MemoryProbe } from '../../src/host/memory-watch.js';
import { ManualClock } from '../support/manual-clock.js';
import { turns } from '../support/turns.js';

const MB = 1_048_576;
const POLL_MS = 20;

function watching(
  probe: MemoryProbe,
  limitMb = 100,
): { clock: ManualClock; stop: () => void; overs: number[]; asked: () => number } {
  const clock = new ManualClock();
  const overs: number[] = [];
  let count = 0;
  const counted: MemoryProbe = () => {
    count += 1;
    return probe();
  };
  const watch = watchMemory(clock, counted, limitMb, (usedMb) => overs.push(usedMb));
  return { clock, stop: () => watch.stop(), overs, asked: () => count };
}

describe('a memory watch', () => {
  test('asks every 20 ms and says nothing at the limit', () => {
    const { clock, overs, asked } = watching(() => 100 * MB);
    clock.advance(10 * POLL_MS);
    expect([asked(), overs]).toEqual([10, []]);
  });

  test('says once that the limit is passed, and stops asking', () => {
    const { clock, overs, asked } = watching(() => 101 * MB);
    clock.advance(10 * POLL_MS);
    expect([asked(), overs, clock.armedCount]).toEqual([1, [101], 0]);
  });

  test('takes an answer that comes later', async () => {
    const { clock, overs } = watching(() => Promise.resolve(150 * MB));
    clock.advance(POLL_MS);
    await turns();
    expect(overs).toEqual([150]);
  });

  test('asks again only when it has been answered', async () => {
    let answer: (bytes: number) => void = () => {};
    const { clock, asked } = watching(() => new Promise((resolve) => (answer = resolve)));
    clock.advance(10 * POLL_MS);
    expect(asked()).toBe(1);
    answer(1);
    await turns();
    clock.advance(POLL_MS);
    expect(asked()).toBe(2);
  });

  test.each<[string, MemoryProbe]>([
    ['is undefined', () => undefined],
    ['resolves with undefined', () => Promise.resolve(undefined)],
    ['rejects', () => Promise.reject(new Error('no such worker'))],
    [
      'throws',
      () => {
        throw new Error('EMFILE: too many open files');
      },
    ],
  ])('goes on after an answer that %s', async (_what, probe) => {
    const { clock, overs, asked } = watching(probe);
    for (let poll = 0; poll < 3; poll += 1) {
      clock.advance(POLL_MS);
      await turns();
    }
    expect([asked(), overs]).toEqual([3, []]);
  });

  test('asks nothing more when it is stopped', () => {
    const { clock, stop, asked } = watching(() => 1);
    stop();
    clock.advance(10 * POLL_MS);
    expect([asked(), clock.armedCount]).toEqual([0, 0]);
  });

  test('says nothing of an answer that comes after it was stopped', async () => {
    const { clock, stop, overs } = watching(() => Promise.resolve(150 * MB));
    clock.advance(POLL_MS);
    stop();
    await turns();
    expect(overs).toEqual([]);
  });

  test('says each time that the limit comes near, and not at every look', () => {
    const clock = new ManualClock();
    const nears: number[] = [];
    const used = [89, 90, 95, 85, 91, 80, 92, 99];
    let look = 0;
    watchMemory(
      clock,
      () => used[look++]! * MB,
      100,
      () => {},
      { softLimitRatio: 0.9, onNear: (usedMb) => nears.push(usedMb) },
    );
    clock.advance(used.length * POLL_MS);
    expect(nears).toEqual([90, 92]);
  });
});

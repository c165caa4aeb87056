import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Snapshot } from '@tenantry/core/snapshot';
import { PoolWatch } from '../../src/source/pool-watch.js';
import { ManualClock } from '../fixtures/manual-clock.js';
import { sampleSnapshot } from '../fixtures/sample-snapshot.js';

const PERIOD_MS = 500;

let clock: ManualClock;
let watch: PoolWatch;
/** What happened, in its order. */
let said: string[];
let answer: (socket: string, signal: AbortSignal) => Promise<Snapshot>;
let where: () => Promise<string>;

beforeEach(() => {
  clock = new ManualClock();
  said = [];
  answer = () => Promise.resolve(sampleSnapshot());
  where = () => Promise.reject(new Error('none'));
  watch = new PoolWatch({
    source: {
      find: () => where(),
      fetch: (socket, signal) => {
        said.push(`ask ${socket}`);
        return answer(socket, signal);
      },
    },
    socket: 'a',
    periodMs: PERIOD_MS,
    clock,
    listener: {
      answered: () => said.push('answered'),
      late: (forMs) => said.push(`late ${forMs}`),
      failed: (error, forMs) => said.push(`failed ${(error as Error).message} ${forMs}`),
    },
  });
});
afterEach(() => watch.stop());

describe('PoolWatch', () => {
  test('asks once a period, and not at once', async () => {
    await clock.advance(PERIOD_MS - 1);
    expect(said).toEqual([]);
    await clock.advance(1 + 2 * PERIOD_MS);
    expect(said).toEqual(['ask a', 'answered', 'ask a', 'answered', 'ask a', 'answered']);
  });

  test('never asks twice at a time, and says how long it has been waiting', async () => {
    let come!: (snapshot: Snapshot) => void;
    answer = () => new Promise((resolve) => (come = resolve));
    await clock.advance(3_600);
    watch.askNow();
    expect(said).toEqual(['ask a', 'late 1500', 'late 2500']);
    come(sampleSnapshot());
    await clock.advance(0);
    // The period is over: the next question follows the answer.
    expect(said.slice(3)).toEqual(['answered', 'ask a']);
  });

  test('a pool that is lost is looked for again, until one answers', async () => {
    answer = () => Promise.reject(new Error('dead'));
    await clock.advance(PERIOD_MS);
    expect(said).toEqual(['ask a', 'failed dead 500']);
    await clock.advance(PERIOD_MS);
    expect(said.slice(2)).toContain('failed none 1000');
    answer = () => Promise.resolve(sampleSnapshot());
    where = () => Promise.resolve('b');
    said = [];
    await clock.advance(PERIOD_MS);
    expect(said).toEqual(['ask b', 'answered']);
    said = [];
    await clock.advance(PERIOD_MS);
    // Told no more, and the new one is asked without being looked for.
    where = () => Promise.reject(new Error('not asked'));
    expect(said).toEqual(['ask b', 'answered']);
  });

  test('the time since the last answer is told every second, whatever the period', async () => {
    await clock.advance(PERIOD_MS);
    answer = () => Promise.reject(new Error('dead'));
    await clock.advance(2_000);
    const told = said.filter((line) => line.startsWith('failed')).map((line) => line.split(' ')[2]);
    expect(told).toContain('1500');
    expect(told.at(-1)).toBe('2000');
  });

  test('askNow does not wait for the period, and the period begins anew', async () => {
    watch.askNow();
    await clock.advance(PERIOD_MS - 1);
    expect(said).toEqual(['ask a', 'answered']);
    await clock.advance(1);
    expect(said).toEqual(['ask a', 'answered', 'ask a', 'answered']);
  });

  test('every question has a signal of its own', async () => {
    const signals = new Set<AbortSignal>();
    answer = (_, signal) => {
      signals.add(signal);
      return Promise.resolve(sampleSnapshot());
    };
    await clock.advance(20 * PERIOD_MS);
    // A socket leaves its listener on the signal: on a common one they would pile up.
    expect(signals.size).toBe(20);
  });

  test('stopped, it gives its question up and says nothing more', async () => {
    let aborted = false;
    answer = (_, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          aborted = true;
          reject(new Error('given up'));
        });
      });
    await clock.advance(PERIOD_MS);
    watch.stop();
    watch.askNow();
    await clock.advance(10_000);
    expect(aborted).toBe(true);
    expect(said).toEqual(['ask a']);
  });
});

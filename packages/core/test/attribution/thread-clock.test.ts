import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, test } from '@jest/globals';
import { ThreadClock, kernelThreadId } from '../../src/attribution/thread-clock.js';
import { until } from '../until.js';

const SLEEPER = `
  const { parentPort } = require('node:worker_threads');
  const { readlinkSync } = require('node:fs');
  parentPort.postMessage(Number(readlinkSync('/proc/thread-self').split('/').at(-1)));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
`;

test('a thread that runs is ready, one that sleeps in native code is not', async () => {
  const own = new ThreadClock(kernelThreadId());
  expect(own.isReady()).toBe(true);
  own.close();
  expect(own.isReady()).toBe(false);

  const sleeper = new Worker(SLEEPER, { eval: true });
  const [threadId] = (await once(sleeper, 'message')) as [number];
  const its = new ThreadClock(threadId);
  await until('it sleeps', () => !its.isReady());
  expect(its.read()).toMatchObject({ cpuMs: expect.any(Number) });
  its.close();
  await sleeper.terminate();
});

test('nothing is known of a thread that there is not', () => {
  const none = new ThreadClock(0);
  expect([none.isReady(), none.read()]).toEqual([false, undefined]);
});

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, test } from '@jest/globals';
import { workerMemoryProbe } from '../../src/host/worker-memory.js';
import { BeatCell } from '../../src/wire/beat-cell.js';
import { closePools, next, on, startPool, until } from '../support/rungs.js';

const MB = 1_048_576;
const workers: Worker[] = [];

afterEach(async () => {
  await closePools();
  await Promise.all(workers.splice(0).map((worker) => worker.terminate()));
});

/** A worker that keeps so many megabytes on its heap, and spins. */
async function holding(megabytes: number): Promise<Worker> {
  const code = `
    const kept = Array.from({ length: ${megabytes} }, () => new Array(131_072).fill(0.5));
    require('node:worker_threads').parentPort.postMessage(kept.length);
    for (;;);`;
  const worker = new Worker(code, { eval: true });
  workers.push(worker);
  await once(worker, 'message');
  return worker;
}

/** A process numbers all its threads, and the inspector only those that it meets. */
async function passingThread(): Promise<void> {
  await once(new Worker('', { eval: true }), 'exit');
}

describe('the memory of a thread', () => {
  test('is its own, however many threads there were and are', async () => {
    await passingThread();
    const ofSmall = workerMemoryProbe(await holding(1), new BeatCell());
    const ofLarge = workerMemoryProbe(await holding(80), new BeatCell());
    await until('the large one is known', async () => ((await ofLarge()) ?? 0) > 80 * MB);
    expect(await ofSmall()).toBeLessThan(40 * MB);
  });

  test('ends the thread that leaks, and not its neighbour with the lower limit', async () => {
    await passingThread();
    const pool = await startPool({
      tenants: {
        modest: { ...on('thread'), memoryLimitMb: 64 },
        leaking: { ...on('thread'), memoryLimitMb: 160 },
      },
    });
    const modest = await pool.open({ tenant: 'modest', agent: 'echo' });
    await modest.send('before');
    expect(await next(modest)).toBe('before');
    const leaking = await pool.open({ tenant: 'leaking', agent: 'grows', input: 'objects' });
    await leaking.send('go');
    expect((await leaking.done).reason).toBe('memory-limit');
    await modest.send('after');
    expect(await next(modest)).toBe('after');
  });
});

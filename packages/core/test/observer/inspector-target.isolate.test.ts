import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  ownThreadTarget,
  threadIdOf,
  workerTarget,
  type InspectorTarget,
} from '../../src/observer/inspector-target.js';
import { caught } from '../caught.js';

const workers: Worker[] = [];
const targets: InspectorTarget[] = [];

afterEach(async () => {
  for (const target of targets.splice(0)) target.close();
  await Promise.all(workers.splice(0).map((worker) => worker.terminate()));
});

/** A worker that says it is there, and then does as it is told. */
async function working(then = '', name = ''): Promise<Worker> {
  const code = `
    globalThis.name = '${name}';
    require('node:worker_threads').parentPort.postMessage(1);
    setInterval(() => {}, 1_000);
    ${then}`;
  const worker = new Worker(code, { eval: true });
  workers.push(worker);
  await once(worker, 'message');
  return worker;
}

function targetOf(threadId: number): InspectorTarget {
  const target = workerTarget(ownThreadTarget(), threadId);
  targets.push(target);
  return target;
}

async function evaluated(target: InspectorTarget, expression: string): Promise<unknown> {
  const { result } = await target.post<{ result: { value: unknown } }>('Runtime.evaluate', {
    expression,
    returnByValue: true,
  });
  return result.value;
}

describe('a worker’s inspector', () => {
  test('is that of the thread it is asked for, whichever was attached first', async () => {
    await working('', 'first');
    const second = await working('', 'second');
    expect(await evaluated(targetOf(second.threadId), 'name')).toBe('second');
  });

  test('answers while the worker spins', async () => {
    const worker = await working('for (;;);');
    expect(await evaluated(targetOf(worker.threadId), '1 + 1')).toBe(2);
  });

  test('fails when the worker ends before it has answered', async () => {
    const worker = await working();
    const target = targetOf(worker.threadId);
    expect(await evaluated(target, '1 + 1')).toBe(2);
    const asked = caught(() =>
      target.post('Runtime.evaluate', {
        expression: 'new Promise(() => {})',
        awaitPromise: true,
      }),
    );
    // The worker has begun with it when it answers what comes after.
    expect(await evaluated(target, '2 + 2')).toBe(4);
    await worker.terminate();
    expect((await asked).message).toMatch(/ended|terminated|destroyed/);
    expect((await caught(() => target.post('Runtime.enable'))).message).toMatch(/ended/);
  });

  test('fails when there is no such worker', async () => {
    await working();
    expect((await caught(() => targetOf(4_711).post('Runtime.enable'))).message).toMatch(/ended/);
  });
});

describe('the id of a thread', () => {
  test('is in the title, not in the inspector’s own count', () => {
    expect(threadIdOf({ title: '[worker 17] tenantry-observer' })).toBe(17);
    expect(threadIdOf({ title: '[worker 3]' })).toBe(3);
  });

  test('is unknown where the title has none', () => {
    expect(threadIdOf({ title: 'Worker 17' })).toBeUndefined();
  });
});

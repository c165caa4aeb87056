import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runBin, runtimeDirectory, type RuntimeDirectory } from '../fixtures/run.js';

let runtime: RuntimeDirectory;

beforeAll(async () => {
  runtime = await runtimeDirectory();
  await runtime.startPool('voice');
});
afterAll(() => runtime.remove());

const thresholdMs = async (): Promise<number> => {
  const { stdout } = await runBin(['snapshot', '--json'], runtime.env());
  const { observer } = JSON.parse(stdout) as { observer: { slowSessionThresholdMs: number } };
  return observer.slowSessionThresholdMs;
};

describe('tenantry set', () => {
  test('changes the threshold of blocks at once', async () => {
    expect(await thresholdMs()).toBe(50);
    const ran = await runBin(['set', 'slowSessionThresholdMs', '20'], runtime.env());
    expect(ran).toEqual({ stdout: 'slowSessionThresholdMs is 20\n', stderr: '', code: 0 });
    expect(await thresholdMs()).toBe(20);
    const told = await runBin(['set', 'slowSessionThresholdMs', '30', '--json'], runtime.env());
    expect(JSON.parse(told.stdout)).toEqual({ setting: 'slowSessionThresholdMs', value: 30 });
    expect(await thresholdMs()).toBe(30);
  });

  test.each([
    [['set', 'slowSessionThresholdMs', '4'], 1, '5 to 60000, received 4'],
    [['set', 'slowSessionThresholdMs', '60001'], 1, '5 to 60000, received 60001'],
    [['set', 'slowSessionThresholdMs', 'fast'], 2, 'Expected a number'],
    [['set', 'slowSessionThresholdMs', ''], 2, 'Expected a number'],
    [['set', 'threshold', '20'], 2, 'Known settings: slowSessionThresholdMs'],
    [['set', 'slowSessionThresholdMs'], 2, "missing required argument 'value'"],
  ])('%j ends with %i and says why', async (args, code, said) => {
    const before = await thresholdMs();
    const ran = await runBin(args, runtime.env());
    expect([ran.code, ran.stdout]).toEqual([code, '']);
    expect(ran.stderr).toContain(said);
    expect(await thresholdMs()).toBe(before);
  });
});

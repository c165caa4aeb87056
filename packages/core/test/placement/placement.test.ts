import { describe, expect, test } from '@jest/globals';
import type { Executor } from '../../src/placement/executor.js';
import { Placement } from '../../src/placement/placement.js';
import { parsePoolOptions } from '../../src/pool/pool-options.js';
import { thrownBy } from '../caught.js';
import { record } from '../snapshot/merge-inputs.js';

class FakeExecutor implements Executor {
  readonly calls: string[] = [];
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  start(): never {
    throw new Error('not asked here');
  }

  prepare(): never {
    throw new Error('not asked here');
  }

  async refresh(deadlineMs: number): Promise<void> {
    this.calls.push(`refresh ${deadlineMs}`);
  }

  records(): ReturnType<Executor['records']> {
    return [record({ isolate: this.#name })];
  }

  retired(): ReturnType<Executor['retired']> {
    return { isolates: this.#name.length, cpuMs: 0, tenantCpuMs: {} };
  }

  async close(): Promise<void> {
    this.calls.push('close');
  }
}

const { defaults } = parsePoolOptions({});

describe('placement', () => {
  const loop = new FakeExecutor('main');
  const isolates = new FakeExecutor('isolates');

  test('follows the tenant’s isolation', () => {
    const placement = new Placement(loop, isolates);
    expect(placement.executorFor(defaults)).toBe(loop);
    expect(placement.executorFor({ ...defaults, isolation: 'process' })).toBe(isolates);
    expect(
      placement.executorFor({ ...defaults, isolation: 'process', isolate: 'worker_threads' }),
    ).toBe(isolates);
  });

  test('refuses an isolate where the pool has none', () => {
    const placement = new Placement(loop, undefined);
    expect(thrownBy(() => placement.executorFor({ ...defaults, isolation: 'process' })).code).toBe(
      'TENANTRY_ISOLATES_MISSING',
    );
  });

  test('reports both places and what was retired', async () => {
    const both = new Placement(loop, isolates);
    expect(both.records().map(({ isolate }) => isolate)).toEqual(['main', 'isolates']);
    expect(both.retired().isolates).toBe(8);
    expect(new Placement(loop, undefined).records()).toHaveLength(1);
    await both.refresh(250);
    await both.close();
    expect([loop.calls, isolates.calls]).toEqual([['close'], ['refresh 250', 'close']]);
  });
});

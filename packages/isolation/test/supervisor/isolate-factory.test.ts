import { describe, expect, test } from '@jest/globals';
import {
  IsolateFactory,
  assignmentOf,
  profileKey,
  profileOf,
} from '../../src/supervisor/isolate-factory.js';
import { TestContext, settingsWith } from '../support/isolates-context.js';

const limits = (memoryLimitMb: number | null, memoryHardLimitMb: number | null = null) => ({
  memoryLimitMb,
  memoryHardLimitMb,
});

describe('the profile of an isolate', () => {
  test.each([
    ['nothing', limits(null), null],
    ['the watched limit', limits(64), 640],
    ['the hard limit', limits(64, 100), 100],
  ])('of a thread has its heap from %s', (_from, memory, heapHardLimitMb) => {
    const settings = settingsWith({ isolate: 'worker_threads', ...memory });
    expect(profileOf(settings)).toEqual({ rung: 'thread', heapHardLimitMb });
    expect(assignmentOf('acme', settings).dataAllowanceMb).toBeNull();
  });

  test.each([
    ['nothing', limits(null), null],
    ['the watched limit', limits(64), 128],
    ['the hard limit', limits(64, 100), 100],
  ])('of a child has no heap limit, and its data limit from %s', (_from, memory, allowance) => {
    const settings = settingsWith(memory);
    expect(profileOf(settings)).toEqual({ rung: 'process', heapHardLimitMb: null });
    expect(assignmentOf('acme', settings)).toEqual({
      tenant: 'acme',
      env: {},
      memoryLimitMb: memory.memoryLimitMb,
      cpuLimitSeconds: null,
      softLimitRatio: 0.9,
      dataAllowanceMb: allowance,
    });
  });

  test('has a key that tells it from every other', () => {
    expect([
      profileKey({ rung: 'process', heapHardLimitMb: null }),
      profileKey({ rung: 'thread', heapHardLimitMb: null }),
      profileKey({ rung: 'thread', heapHardLimitMb: 640 }),
    ]).toEqual(['process/any', 'thread/any', 'thread/640']);
  });
});

describe('an isolate factory', () => {
  test('gives each isolate a name of its own', () => {
    const context = new TestContext();
    const factory = new IsolateFactory(context, () => {}, context.makeChannel);
    const rungs = ['thread', 'process', 'thread'] as const;
    const made = rungs.map((rung) => factory.make({ rung, heapHardLimitMb: null }));
    expect(made.map(({ id }) => id)).toEqual(['thread-1', 'process-2', 'thread-3']);
  });
});

import { describe, expect, test } from '@jest/globals';
import { END_REASONS, statusOf } from '../../src/vocabulary/end-reason.js';
import { rungOf } from '../../src/vocabulary/rung.js';

describe('end reasons', () => {
  test('are the eleven of the design and no others', () => {
    expect(END_REASONS.join(' ')).toBe(
      'completed failed cancelled timed-out idle cpu-limit memory-limit isolate-crashed ' +
        'isolate-unresponsive drained shutdown',
    );
  });

  test('count against the tenant only where its own code is the cause', () => {
    const failed = END_REASONS.filter((reason) => statusOf(reason) === 'failed');
    expect(failed).toEqual([
      'failed',
      'timed-out',
      'cpu-limit',
      'memory-limit',
      'isolate-crashed',
      'isolate-unresponsive',
    ]);
    expect(END_REASONS.filter((reason) => statusOf(reason) === 'succeeded')).toEqual(['completed']);
  });
});

test.each([
  ['coroutine', 'child_process', 'coroutine'],
  ['coroutine', 'worker_threads', 'coroutine'],
  ['process', 'worker_threads', 'thread'],
  ['process', 'child_process', 'process'],
] as const)('isolation %s with isolate %s is the rung %s', (isolation, isolate, rung) => {
  expect(rungOf(isolation, isolate)).toBe(rung);
});

import { describe, expect, test } from '@jest/globals';
import { exitEnd } from '../../src/host/child-exit.js';

const V8_OOM = 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory';
const NODE_OOM = 'node: OOM error in V8: CALL_AND_RETRY_LAST';

type Row = [number | null, string | null, string, string, string];

describe('the end of a child', () => {
  test.each<Row>([
    [0, null, '', 'exit', 'exit code 0'],
    [1, null, '', 'exit', 'exit code 1 (uncaught error)'],
    [7, null, '', 'exit', 'exit code 7 (error in an error handler)'],
    [13, null, '', 'exit', 'exit code 13 (unsettled top-level await)'],
    [42, null, '', 'exit', 'exit code 42'],
    [134, null, '', 'exit', 'exit code 134 (aborted)'],
    [134, null, V8_OOM, 'oom-heap', 'exit code 134, heap out of memory'],
    [null, 'SIGABRT', V8_OOM, 'oom-heap', 'SIGABRT, heap out of memory'],
    [null, 'SIGTRAP', NODE_OOM, 'oom-heap', 'SIGTRAP, heap out of memory'],
    [null, 'SIGILL', 'Cannot allocate memory', 'oom-heap', 'SIGILL, heap out of memory'],
    [null, 'SIGABRT', '', 'signal', 'SIGABRT'],
    [null, 'SIGABRT', 'Assertion failed: loop != NULL', 'signal', 'SIGABRT'],
    [null, 'SIGSEGV', '', 'signal', 'SIGSEGV'],
  ])('with code %s, signal %s and last words "%s" is %s (%s)', (code, signal, words, ...end) => {
    expect(exitEnd(code, signal, words)).toEqual({ reason: end[0], detail: end[1] });
  });

  test('by a kill is a kill, whatever it said before', () => {
    expect(exitEnd(null, 'SIGKILL', V8_OOM)).toEqual({ reason: 'signal', detail: 'SIGKILL' });
  });

  test('by its own exit is an exit, whatever it said before', () => {
    expect(exitEnd(1, null, V8_OOM).reason).toBe('exit');
  });
});

import { expect, test } from '@jest/globals';
import { failureOf, toldExitCodeOf, unreadyExitCodeOf } from '../../src/service/worker-end.js';
import type { WorkerEnd } from '../../src/service/worker-process.js';

const ended = (more: Partial<WorkerEnd>): WorkerEnd => ({
  code: null,
  signal: null,
  failure: undefined,
  ...more,
});

test('the exit code of an agent is not that of a service that never started', () => {
  for (const code of [0, 7, 75]) expect(unreadyExitCodeOf(ended({ code }))).toBe(1);
  expect(failureOf(ended({ code: 0 }))).toMatchObject({
    code: 'TENANTRY_SERVICE_GAVE_UP',
    message: 'the worker ended before it was ready (exit code 0)',
  });
});

test('a worker that was told to end has ended in order, or was killed', () => {
  expect(toldExitCodeOf(ended({ code: 0 }))).toBe(0);
  expect(toldExitCodeOf(ended({ signal: 'SIGTERM' }))).toBe(0);
  expect(toldExitCodeOf(ended({ signal: 'SIGKILL' }))).toBe(137);
});

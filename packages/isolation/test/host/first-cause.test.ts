import { describe, expect, test } from '@jest/globals';
import { FirstCause } from '../../src/host/first-cause.js';
import { turns } from '../support/turns.js';

const OOM = { reason: 'oom-heap', detail: 'heap out of memory' } as const;
const EXIT = { reason: 'exit', detail: 'exit code 134' } as const;

describe('the first cause', () => {
  test('is unknown until it is set', async () => {
    const cause = new FirstCause();
    let settled = false;
    void cause.settled.then(() => (settled = true));
    await turns();
    expect([cause.end, settled]).toEqual([undefined, false]);
  });

  test('stays when consequences are noticed after it', async () => {
    const cause = new FirstCause();
    cause.set(OOM);
    cause.set(EXIT);
    expect([cause.end, await cause.settled]).toEqual([OOM, OOM]);
  });
});

/** A job, the same on every rung. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { RUNGS, closePools, on, startPool } from '../support/rungs.js';

afterEach(closePools);

describe.each(RUNGS)('a job on the rung %s', (rung) => {
  test('is known to its agent, and is tried again when its isolate or agent ends under it', async () => {
    const pool = await startPool({
      tenants: { acme: on(rung) },
      jobs: { durable: false, retry: { baseDelayMs: 1 } },
    });
    const ran = async (input: string) => {
      const { id } = await pool.jobs.submit({ tenant: 'acme', agent: 'runs-jobs', input });
      return pool.jobs.settled(id);
    };
    const well = await ran('well');
    expect(well).toMatchObject({
      state: 'done',
      result: { job: { id: well.id, attempt: 1, interrupted: false } },
      attempts: [{ reason: 'completed', rung }],
    });
    const exits = await ran('exit');
    expect(exits).toMatchObject({ state: 'done', result: { job: { attempt: 2 } } });
    const [first, second] = exits.attempts.map(({ reason }) => reason);
    // An isolate may be gone before it has said that its agent was entered.
    const expected = rung === 'coroutine' ? ['failed'] : ['isolate-crashed', 'refused'];
    expect(expected).toContain(first);
    expect(second).toBe('completed');
  });
});

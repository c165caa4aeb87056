import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import type { IsolateEnd } from '@tenantry/core/internal';
import { ControlCalls } from '../../src/host/control-calls.js';
import { FirstCause } from '../../src/host/first-cause.js';
import { caught } from '../support/caught.js';
import { ManualClock } from '../support/manual-clock.js';
import { turns } from '../support/turns.js';

const END: IsolateEnd = { reason: 'exit', detail: 'exit code 1' };
const never = (): Promise<never> => new Promise(() => {});

function calling(): { clock: ManualClock; cause: FirstCause; calls: ControlCalls } {
  const [clock, cause] = [new ManualClock(), new FirstCause()];
  return { clock, cause, calls: new ControlCalls(clock, 2_000, cause.settled) };
}

describe('a control call', () => {
  test('answers what the isolate answers and leaves no timer', async () => {
    const { clock, calls } = calling();
    expect(await calls.call('report', Promise.resolve(7))).toBe(7);
    expect(clock.armedCount).toBe(0);
  });

  test('rejects as the isolate rejects', async () => {
    const { calls } = calling();
    const error = await caught(() => calls.call('report', Promise.reject(new Error('own'))));
    expect(error.message).toBe('own');
  });

  test('rejects at its deadline', async () => {
    const { clock, calls } = calling();
    const answer = calls.call('report', never());
    clock.advance(2_000);
    expect(await caught(() => answer)).toMatchObject({
      code: 'TENANTRY_ISOLATE_CALL_TIMEOUT',
      message: 'isolate did not answer "report" within 2000 ms',
      details: { call: 'report', limitMs: 2_000 },
    });
  });

  test('has a deadline of its own where it is given one', async () => {
    const { clock, calls } = calling();
    const answer = calls.call('profile', never(), 30_000);
    answer.catch(() => {});
    clock.advance(29_999);
    expect(clock.armedCount).toBe(1);
    clock.advance(1);
    expect((await caught(() => answer)).details).toEqual({ call: 'profile', limitMs: 30_000 });
  });

  test('rejects when the isolate ends under it', async () => {
    const { clock, cause, calls } = calling();
    const answer = calls.call('report', never());
    cause.set(END);
    expect(await caught(() => answer)).toMatchObject({
      code: 'TENANTRY_ISOLATE_CRASHED',
      message: 'isolate ended (exit): exit code 1',
    });
    expect(clock.armedCount).toBe(0);
  });

  test('leaves nothing with an isolate that lives on once it is answered', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const { calls } = calling();
    const answers: WeakRef<object>[] = [];
    for (let at = 0; at < 20; at += 1) {
      const answer = { at };
      answers.push(new WeakRef(answer));
      await calls.call('report', Promise.resolve(answer));
    }
    // A turn of its own: what the loop above has touched is held until its end.
    await new Promise((resolve) => setImmediate(resolve));
    collect();
    // A register may still hold the last one.
    expect(answers.filter((answer) => answer.deref() !== undefined).length).toBeLessThan(3);
    // Or the calls themselves would be gone as well, and with them all that they hold.
    expect(await calls.call('report', Promise.resolve(7))).toBe(7);
  });

  test('to an isolate that has ended rejects', async () => {
    const { cause, calls } = calling();
    cause.set(END);
    await turns();
    const error = await caught(() => calls.call('report', never()));
    expect(error.code).toBe('TENANTRY_ISOLATE_CRASHED');
  });
});

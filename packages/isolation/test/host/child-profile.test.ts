import { describe, expect, test } from '@jest/globals';
import { toWireError, TenantryError } from '@tenantry/core/internal';
import { childProfile } from '../../src/host/child-profile.js';
import { ControlCalls } from '../../src/host/control-calls.js';
import { FirstCause } from '../../src/host/first-cause.js';
import type { ProfileReply } from '../../src/wire/control-api.js';
import { caught } from '../support/caught.js';
import { ManualClock } from '../support/manual-clock.js';

const REQUEST = { type: 'cpu', seconds: 5 } as const;

function asking(answer: Promise<ProfileReply>) {
  const [clock, cause] = [new ManualClock(), new FirstCause()];
  const calls = new ControlCalls(clock, 2_000, cause.settled);
  return { clock, cause, answer: childProfile(calls, answer, REQUEST) };
}

describe('a profile of a child', () => {
  test('is passed on as it was written', async () => {
    const taken = { kind: 'taken', sampledMs: 5_001, json: '{"nodes":[]}' } as const;
    const { answer } = asking(Promise.resolve(taken));
    expect(await answer).toEqual({ sampledMs: 5_001, json: '{"nodes":[]}' });
  });

  test('is refused with the code that the child refused it with', async () => {
    const own = new TenantryError('TENANTRY_PROFILE_TOO_LARGE', 'large', { details: { bytes: 9 } });
    const { answer } = asking(Promise.resolve({ kind: 'refused', error: toWireError(own) }));
    expect(await caught(() => answer)).toMatchObject({
      code: 'TENANTRY_PROFILE_TOO_LARGE',
      details: { bytes: 9 },
    });
  });

  test('is waited for longer than it may take', async () => {
    const { clock, answer } = asking(new Promise(() => {}));
    answer.catch(() => {});
    clock.advance(11_999);
    expect(clock.armedCount).toBe(1);
    clock.advance(1);
    expect((await caught(() => answer)).code).toBe('TENANTRY_PROFILE_TIMEOUT');
  });

  test('ends with the child', async () => {
    const { cause, answer } = asking(new Promise(() => {}));
    cause.set({ reason: 'unresponsive', detail: 'no sign of life for 5000 ms' });
    expect(await caught(() => answer)).toMatchObject({
      code: 'TENANTRY_PROFILE_TARGET_ENDED',
      message: 'isolate ended (unresponsive): no sign of life for 5000 ms',
    });
  });
});

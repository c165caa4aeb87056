import { describe, expect, test } from '@jest/globals';
import { toOutcome } from '../../src/session/outcome.js';

const FACTS = {
  session: 's1',
  tenant: 'acme',
  agent: 'echo',
  durationMs: 5,
  cost: undefined,
  blockedMs: null,
  memoryPeakBytes: null,
  moves: 0,
  deploymentVersion: null,
} as const;
const UNPLACED = {
  isolation: 'coroutine',
  isolate: '',
  cpuMs: null,
  blockedMs: null,
  messagesIn: 0,
  messagesOut: 0,
} as const;

describe('an outcome', () => {
  test('of a session that completed has a result where there is one, and no error', () => {
    expect(toOutcome({ reason: 'completed', result: 7 }, FACTS, undefined)).toEqual({
      status: 'succeeded',
      reason: 'completed',
      result: 7,
      ...FACTS,
      ...UNPLACED,
    });
    const silent = toOutcome({ reason: 'completed', result: undefined }, FACTS, undefined);
    expect('result' in silent || 'error' in silent).toBe(false);
  });

  test('of a session that failed has the very error that was thrown', () => {
    const error = Object.assign(new Error('own'), { code: 'E_OWN' });
    const outcome = toOutcome({ reason: 'failed', error }, FACTS, undefined);
    expect([outcome.status, outcome.error]).toEqual(['failed', error]);
    expect(outcome.error).toBe(error);
    const foreign = { name: 'Error', message: 'of another realm' };
    expect(toOutcome({ reason: 'failed', error: foreign }, FACTS, undefined).error).toBe(foreign);
  });

  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  test.each<readonly [string, unknown, RegExp]>([
    ['a text', 'boom', /boom/],
    ['undefined', undefined, /undefined/],
    ['a symbol', Symbol('s'), /symbol/i],
    ['an object without prototype', Object.create(null), /object/],
    [
      'an object that does not print',
      {
        toString: () => {
          throw new Error('no');
        },
      },
      /object/,
    ],
    ['a revoked proxy', revoked.proxy, /object/],
  ])('has an error also where %s was thrown', (_name, error, message) => {
    expect(toOutcome({ reason: 'failed', error }, FACTS, undefined).error!.message).toMatch(
      message,
    );
  });
});

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

  test('of a session that failed has the error it was told', () => {
    const error = Object.assign(new Error('own'), { code: 'E_OWN' });
    const outcome = toOutcome({ reason: 'failed', error }, FACTS, undefined);
    expect([outcome.status, outcome.error]).toEqual(['failed', error]);
  });
});

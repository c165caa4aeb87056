import { describe, expect, test } from '@jest/globals';
import * as guest from '../src/guest.js';
import * as whole from '../src/index.js';
import { thrownBy } from './caught.js';

describe('the public names inside an isolate', () => {
  test('are those of the package, each the same thing but for the pool', () => {
    const { AgentPool: _pool, checkOptions: _check, ...inside } = { ...guest };
    const { AgentPool: _wholePool, checkOptions: _wholeCheck, ...outside } = { ...whole };
    expect(inside).toEqual(outside);
  });

  test('refuse to make a pool', () => {
    expect(thrownBy(() => guest.AgentPool()).code).toBe('TENANTRY_POOL_IN_ISOLATE');
    expect(thrownBy(() => Reflect.construct(guest.AgentPool, [])).code).toBe(
      'TENANTRY_POOL_IN_ISOLATE',
    );
    expect(thrownBy(() => guest.checkOptions()).code).toBe('TENANTRY_POOL_IN_ISOLATE');
  });
});

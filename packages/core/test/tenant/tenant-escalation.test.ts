import { describe, expect, test } from '@jest/globals';
import { parsePoolOptions } from '../../src/pool/pool-options.js';
import { ladderBounds } from '../../src/tenant/tenant-escalation.js';
import { settingsOf, type TenantOptionsInput } from '../../src/tenant/tenant-options.js';
import { thrownBy } from '../caught.js';

const isolates = (): never => {
  throw new Error('no isolate is started here');
};

const boundsOf = (acme: TenantOptionsInput) => {
  const { tenants, defaults } = parsePoolOptions({ isolates, tenants: { acme } });
  return ladderBounds(settingsOf(tenants['acme']!, defaults));
};

describe('the bounds of a tenant', () => {
  test.each([
    [{}, 'coroutine'],
    [{ isolation: 'coroutine', isolate: 'worker_threads' }, 'coroutine'],
    [{ isolation: 'process' }, 'process'],
    [{ isolation: 'process', isolate: 'worker_threads' }, 'thread'],
  ] as const)('of %p are its own rung and quarantine', (options, rung) => {
    expect(boundsOf(options)).toEqual({
      start: rung,
      floor: rung,
      ceiling: 'quarantined',
      pin: null,
    });
  });

  test('are what it says', () => {
    const escalation = { floor: 'coroutine', ceiling: 'process', pin: 'thread' } as const;
    expect(boundsOf({ isolation: 'process', escalation })).toEqual({
      start: 'process',
      ...escalation,
    });
  });

  test.each<readonly [TenantOptionsInput, string]>([
    [
      { isolation: 'process', escalation: { floor: 'process', ceiling: 'thread' } },
      'floor: above the ceiling thread, received "process"',
    ],
    [
      { escalation: { floor: 'thread' } },
      'floor: above coroutine, where its isolation settings place it, received "thread"',
    ],
    [
      { isolation: 'process', escalation: { floor: 'coroutine', ceiling: 'thread' } },
      'ceiling: below process, where its isolation settings place it, received "thread"',
    ],
    [
      { isolation: 'process', escalation: { pin: 'thread' } },
      'pin: below the floor process, received "thread"',
    ],
    [
      { escalation: { ceiling: 'thread', pin: 'process' } },
      'pin: above the ceiling thread, received "process"',
    ],
  ])('that contradict each other are refused: %p', (options, message) => {
    const error = thrownBy(() => boundsOf(options));
    expect(error.code).toBe('TENANTRY_OPTIONS_INVALID');
    expect(error.message).toContain(`tenants.acme.escalation.${message}`);
  });

  test.each([{ floor: 'quarantined' }, { ceiling: 'jail' }, { pin: 3 }, { roof: 'process' }])(
    'of another kind are refused: %p',
    (escalation) => {
      const error = thrownBy(() => parsePoolOptions({ tenants: { acme: { escalation } } }));
      expect(error.message).toContain('tenants.acme.escalation');
    },
  );

  test('contradict the pool’s isolation, too', () => {
    const tenants = { acme: { escalation: { ceiling: 'thread' } } };
    const error = thrownBy(() => parsePoolOptions({ isolates, isolation: 'process', tenants }));
    expect(error.message).toContain('tenants.acme.escalation.ceiling: below process');
  });

  test('that pin it to an isolate need isolates', () => {
    const tenants = { acme: { escalation: { pin: 'process' } } };
    expect(thrownBy(() => parsePoolOptions({ tenants })).code).toBe('TENANTRY_ISOLATES_MISSING');
    expect(() =>
      parsePoolOptions({ tenants: { acme: { escalation: { pin: 'quarantined' } } } }),
    ).not.toThrow();
  });
});

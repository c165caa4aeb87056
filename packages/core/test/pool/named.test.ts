import { describe, expect, test } from '@jest/globals';
import type { Roster } from '../../src/host/roster.js';
import type { ClientSession } from '../../src/session/client-session.js';
import { sessionNamed, tenantNamed, unknownName } from '../../src/pool/named.js';
import { makeParts } from '../../src/pool/pool-parts.js';
import { thrownBy } from '../caught.js';
import { MemoryLog } from '../memory-log.js';

describe('a session named by the beginning of its id', () => {
  const live = (...ids: string[]): Roster<ClientSession> =>
    ({ all: () => ids.map((id) => ({ id })) }) as unknown as Roster<ClientSession>;

  test('is the one that begins so', () => {
    expect(sessionNamed(live('abcdefgh-1', 'zzzzzzzz-1'), 'abcdefgh').id).toBe('abcdefgh-1');
  });

  test('is none of several, and the refusal says how many', () => {
    const error = thrownBy(() => sessionNamed(live('abcdefgh-1', 'abcdefgh-2'), 'abcdefgh'));
    expect(error.code).toBe('TENANTRY_SESSION_UNKNOWN');
    expect(error.message).toBe('session "abcdefgh": 2 begin with it: give more of the id');
  });

  test('is itself where another begins with all of it', () => {
    expect(sessionNamed(live('abcdefgh-12', 'abcdefgh-1'), 'abcdefgh-1').id).toBe('abcdefgh-1');
  });

  test('is none by fewer than 8 characters, however few sessions run', () => {
    expect(thrownBy(() => sessionNamed(live('abcdefgh-1'), 'abcdefg')).message).toContain(
      'none is known',
    );
  });

  test('that is unknown is quoted in the details too', () => {
    const error = unknownName('TENANTRY_TENANT_UNKNOWN', 'a\nb');
    expect(error.details).toEqual({ received: '"a\\nb"' });
  });
});

describe('a tenant named by a person', () => {
  const { tenants } = makeParts({ tenants: { acme: {} } }, { log: new MemoryLog() });

  test('is the one that is listed or has been seen, and none is made', () => {
    expect(tenantNamed(tenants, 'acme').id).toBe('acme');
    expect(thrownBy(() => tenantNamed(tenants, 'seen')).code).toBe('TENANTRY_TENANT_UNKNOWN');
    expect(tenants.find('seen')).toBeUndefined();
  });

  test.each([undefined, null, '', 'a b', 'constructor'])(
    '%p is no id, and not the default',
    (name) => {
      tenants.get('default');
      const error = thrownBy(() => tenantNamed(tenants, name as string));
      expect(error.code).toBe('TENANTRY_TENANT_ID_INVALID');
    },
  );
});

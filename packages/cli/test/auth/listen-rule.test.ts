import { describe, expect, test } from '@jest/globals';
import { callerOfAddress, isLoopback } from '../../src/auth/address.js';
import { checkListenHost } from '../../src/auth/listen-rule.js';
import { refusal } from './thrown.js';

const LOOPBACK = ['127.0.0.1', '127.9.9.9', '::1', '[::1]', 'localhost', '::ffff:127.0.0.1'];
const OTHERS = ['', '0.0.0.0', '::', '10.0.0.1', '128.0.0.1', 'example.com', 'localhost.evil.com'];

describe('where a service may listen', () => {
  test.each(LOOPBACK)('without authentication: on %j', (host) => {
    expect(isLoopback(host)).toBe(true);
    checkListenHost(host, false);
  });

  test.each(OTHERS)('only with authentication: on %j', async (host) => {
    const error = await refusal(() => checkListenHost(host, false));
    expect(error.code).toBe('TENANTRY_AUTH_REQUIRED');
    expect(error.message).toContain('tenantry keys create');
    checkListenHost(host, true);
  });
});

test.each([
  ['10.0.0.1', 'address:10.0.0.1'],
  ['::ffff:10.0.0.1', 'address:10.0.0.1'],
  ['2001:db8:1:2:3:4:5:6', 'address:2001:db8:1:2::/64'],
  ['2001:0db8:0001:0002::1', 'address:2001:db8:1:2::/64'],
  ['2001:db8::1', 'address:2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'address:fe80:0:0:0::/64'],
  ['::1', 'address:0:0:0:0::/64'],
  ['x'.repeat(1_000), `address:${'x'.repeat(64)}`],
])('the bad credentials of %s are counted for %s', (address, caller) => {
  expect(callerOfAddress(address)).toBe(caller);
});

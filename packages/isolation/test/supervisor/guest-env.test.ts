import process from 'node:process';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { guestEnv } from '../../src/supervisor/guest-env.js';

describe('the environment of a guest', () => {
  beforeEach(() => void (process.env['TENANTRY_TEST_REGION'] = 'eu-1'));
  afterEach(() => void delete process.env['TENANTRY_TEST_REGION']);

  test('is empty where nothing is allowed', () => {
    expect([guestEnv([]), guestEnv({})]).toEqual([{}, {}]);
  });

  test('has the host’s value of an allowed name, and no other', () => {
    expect(guestEnv(['TENANTRY_TEST_REGION'])).toEqual({ TENANTRY_TEST_REGION: 'eu-1' });
  });

  test('has no name that the host does not have', () => {
    expect(guestEnv(['TENANTRY_TEST_NONE'])).toEqual({});
  });

  test('has no name that the host has only as a property of every object', () => {
    expect(guestEnv(['constructor', 'toString', 'hasOwnProperty'])).toEqual({});
  });

  test('has the values it was given, as a copy', () => {
    const given = { TENANTRY_TEST_REGION: 'us-1' };
    const env = guestEnv(given);
    expect(env).toEqual(given);
    expect(env).not.toBe(given);
  });
});

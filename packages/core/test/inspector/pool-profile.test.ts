import { describe, expect, test } from '@jest/globals';
import { parsePoolProfile, profileDeadlineMs } from '../../src/inspector/pool-profile.js';
import { thrownBy } from '../caught.js';

const target = { isolate: 'main', rung: 'coroutine', session: null, tenant: 'acme', sessions: 2 };
const cpu = {
  name: 'voice',
  target,
  type: 'cpu',
  seconds: 5,
  sampledMs: 5_000,
  profile: { nodes: [] },
};

describe('a profile that came over a socket', () => {
  test.each([
    ['a CPU profile', cpu],
    ['a heap profile', { ...cpu, type: 'heap', profile: { head: {} } }],
  ])('is taken as %s', (_what, value) => {
    expect(parsePoolProfile(value)).toBe(value);
  });

  test.each([
    ['nothing', null],
    ['a text', 'profile'],
    ['no name', { ...cpu, name: 7 }],
    ['no target', { ...cpu, target: null }],
    ['no isolate', { ...cpu, target: { ...target, isolate: null } }],
    ['a session that is no text', { ...cpu, target: { ...target, session: 7 } }],
    ['no count of sessions', { ...cpu, target: { ...target, sessions: '2' } }],
    ['a rung nobody knows', { ...cpu, target: { ...target, rung: 'ladder' } }],
    ['a type nobody knows', { ...cpu, type: 'memory' }],
    ['no length', { ...cpu, sampledMs: undefined }],
    ['a CPU profile without nodes', { ...cpu, profile: { head: {} } }],
    ['a heap profile without a head', { ...cpu, type: 'heap' }],
  ])('is refused with %s', (_what, value) => {
    expect(thrownBy(() => parsePoolProfile(value)).code).toBe('TENANTRY_INSPECTOR_REPLY_INVALID');
  });
});

test('whoever is further away from a profile waits longer for it', () => {
  const request = { type: 'cpu', seconds: 5 } as const;
  expect([0, 1, 2, 3].map((hops) => profileDeadlineMs(request, hops))).toEqual([
    10_000, 12_000, 14_000, 16_000,
  ]);
});

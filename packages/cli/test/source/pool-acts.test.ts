import { describe, expect, test } from '@jest/globals';
import { LONGEST_DRAIN_MS, type ControlRequest } from '@tenantry/core/internal';
import { patienceFor } from '../../src/source/pool-acts.js';

const drain = (over: Partial<Extract<ControlRequest, { command: 'drain' }>>): ControlRequest => ({
  command: 'drain',
  uid: null,
  dryRun: false,
  tenant: null,
  session: null,
  timeoutMs: null,
  ...over,
});

describe('how long an answer is waited for', () => {
  test('a drain: for its time and a minute of grace', () => {
    expect(patienceFor(drain({ timeoutMs: 30_000 }))).toEqual({ replyTimeoutMs: 90_000 });
    expect(patienceFor(drain({ timeoutMs: 0 }))).toEqual({ replyTimeoutMs: 60_000 });
  });

  test('a drain that leaves its time to the pool: for the longest there is', () => {
    expect(patienceFor(drain({}))).toEqual({ replyTimeoutMs: LONGEST_DRAIN_MS + 60_000 });
  });

  test('a kick: for the grace', () => {
    const kick = { command: 'kick', uid: null, dryRun: false, session: '3f2a91c0' } as const;
    expect(patienceFor(kick)).toEqual({ replyTimeoutMs: 60_000 });
    expect(patienceFor({ ...kick, dryRun: true })).toEqual({});
  });

  test('what is done at once, and a dry run: no longer than any question', () => {
    expect(patienceFor(drain({ timeoutMs: 30_000, dryRun: true }))).toEqual({});
    const reset = { command: 'reset', uid: null, dryRun: false, tenant: 'acme' } as const;
    expect(patienceFor(reset)).toEqual({});
  });
});

import { describe, expect, test } from '@jest/globals';
import { blockText } from '../../src/observer/block-text.js';
import { blockRow } from './block-rows.js';

describe('a block in the log', () => {
  test('names session, tenant, length and line', () => {
    expect(blockText(blockRow({ isOngoing: false, durationMs: 320.4 }))).toBe(
      '[slow-session] session_id=s-1 tenant=acme blocked event loop for 320ms at chargeCard (agents/billing.js:42)',
    );
  });

  test('says while it lasts that it lasts', () => {
    expect(blockText(blockRow({ isOngoing: true, durationMs: 51.6 }))).toBe(
      '[slow-session] session_id=s-1 tenant=acme blocked event loop for 52ms so far at chargeCard (agents/billing.js:42)',
    );
  });

  test('in native code says that no line is known', () => {
    expect(blockText(blockRow({ isOngoing: false, durationMs: 320, place: null }))).toBe(
      '[slow-session] session_id=s-1 tenant=acme blocked event loop for 320ms line: unknown (native)',
    );
  });

  test('of a schema names the agent instead of a session', () => {
    expect(blockText(blockRow({ session: null, isOngoing: false, durationMs: 320 }))).toBe(
      '[slow-schema] agent=support tenant=acme blocked event loop for 320ms at chargeCard (agents/billing.js:42)',
    );
  });

  test('of the host or of the collector names no tenant', () => {
    const nobody = { session: null, tenant: null, agent: null, isOngoing: false, durationMs: 70 };
    expect(blockText(blockRow({ ...nobody, cause: 'host' }))).toBe(
      '[slow-loop] code of no session blocked event loop for 70ms at chargeCard (agents/billing.js:42)',
    );
    expect(blockText(blockRow({ ...nobody, cause: 'gc', place: null }))).toBe(
      '[slow-loop] garbage collection blocked event loop for 70ms',
    );
  });
});

import { describe, expect, test } from '@jest/globals';
import { sentenceOf } from '../../src/pool/audit-sentence.js';
import type { AuditRecord } from '../../src/state/audit-entry.js';

const BY_HAND = { kind: 'operator', uid: 0, via: 'socket' } as const;
const RUNTIME = { kind: 'runtime' } as const;

const told = (
  kind: string,
  detail: AuditRecord['detail'],
  actor: AuditRecord['actor'] = RUNTIME,
): string | undefined =>
  sentenceOf({
    seq: 1,
    at: '2026-11-24T09:15:07.123Z',
    deploymentVersion: null,
    pid: 7,
    kind,
    tenant: 'acme',
    session: 's1',
    actor,
    detail,
  })?.replace('2026-11-24 09:15:07Z ', '');

const held = (heldBy: string, from: string, to: string): AuditRecord['detail'] => ({
  from,
  to,
  carriedOut: false,
  heldBy,
});

describe('the sentence of an audit record', () => {
  test('says of an act by hand that was held that it was not carried out, and why', () => {
    expect(told('tenant.isolated', held('pinned', 'thread', 'quarantined'), BY_HAND)).toBe(
      'was to be put from thread to quarantined, but was not (it is pinned), by hand (uid 0, socket).',
    );
    expect(told('tenant.pinned', held('floor', 'thread', 'coroutine'), BY_HAND)).toBe(
      'was to be pinned to coroutine, but was not (its floor), by hand (uid 0, socket).',
    );
    expect(told('tenant.released', held('pinned', 'thread', 'coroutine'), BY_HAND)).toBe(
      'was to be released from thread to coroutine, but was not (it is pinned), by hand (uid 0, socket).',
    );
  });

  test('says of an act by hand that was carried out what was done', () => {
    const done = { from: 'coroutine', to: 'process', carriedOut: true, heldBy: null };
    expect(told('tenant.isolated', done, BY_HAND)).toBe(
      'was put from coroutine to process, by hand (uid 0, socket).',
    );
  });

  test('says once that a session was ended by hand', () => {
    expect(told('session.kicked', { agent: 'billing' }, BY_HAND)).toBe(
      'session s1 was ended, by hand (uid 0, socket).',
    );
  });

  test('tells of a session that was drained whether it had to be ended', () => {
    expect(told('session.drained', { finished: 1, drained: 0 }, BY_HAND)).toBe(
      'session s1 was drained: it finished, by hand (uid 0, socket).',
    );
    expect(told('session.drained', { finished: 0, drained: 1 }, BY_HAND)).toBe(
      'session s1 was drained: it was ended at the deadline, by hand (uid 0, socket).',
    );
  });

  test('counts the tenants of a systemic alarm', () => {
    const facts = { failingCount: 6, tenantCount: 8, tenants: ['acme'] };
    expect(told('systemic.raised', facts)).toBe(
      'was one of 6 tenants that failed together: a shared cause was suspected and nobody was moved.',
    );
  });
});

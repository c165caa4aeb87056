import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sentenceOf } from '../../src/explain/audit-sentence.js';
import type { AuditRecord } from '../../src/state/audit-entry.js';
import { TENANT_EVENTS } from '../../src/vocabulary/tenant-events.js';

const HEAD: AuditRecord = {
  seq: 1,
  at: '2026-11-26T11:15:07.120Z',
  kind: 'tenant.released',
  tenant: 'acme',
  actor: { kind: 'runtime' },
  detail: {},
  deploymentVersion: null,
  pid: 7,
};
const BY_HAND = { kind: 'operator', uid: 1_000, via: 'socket' } as const;

const told = (kind: string, detail: object = {}, more: Partial<AuditRecord> = {}): string =>
  sentenceOf({ ...HEAD, kind, detail: detail as AuditRecord['detail'], ...more })!;

const offence = (kind: string, more: object = {}): object => ({
  kind,
  tenant: 'acme',
  session: null,
  agent: 'billing',
  atMs: 1,
  atEpochMs: 1,
  rung: 'coroutine',
  place: null,
  ...more,
});
const place = { function: 'tally', file: 'src/billing.ts', line: 41 };
const decided = {
  from: 'coroutine',
  to: 'thread',
  carriedOut: true,
  heldBy: null,
  score: 6.04,
  threshold: 5,
  relapses: 0,
  forMs: 60_000,
  evidence: [
    offence('block', { durationMs: 200 }),
    offence('block', { durationMs: 1_300, place }),
    offence('breaker-trip'),
    offence('crash', { reason: 'exit: exit code 3' }),
    offence('out-of-memory'),
    offence('hard-kill'),
    offence('cpu-hog', { ratio: 0.9, seconds: 0.5 }),
    offence('cpu-hog', { ratio: 0.9, seconds: 0.7 }),
    offence('allocation-hog', { grownMb: 40.4, share: 0.9, seconds: 0.5 }),
  ],
};

describe('a record of the trail in one sentence', () => {
  test('has its time, and by whom where a person did it', () => {
    expect(told('breaker.closed')).toBe('2026-11-26 11:15:07Z its breaker closed.');
    expect(told('tenant.pinned', { to: 'thread' }, { actor: BY_HAND })).toBe(
      '2026-11-26 11:15:07Z tenant acme was pinned to thread, by hand (uid 1000, socket).',
    );
    const actor = { ...BY_HAND, uid: null };
    expect(told('session.kicked', {}, { session: 's1', actor })).toMatch(
      /session s1 was ended, by hand\.$/,
    );
  });

  test('of an escalation has every kind of evidence with its worst figures and last place', () => {
    expect(told('tenant.escalated', decided)).toBe(
      '2026-11-26 11:15:07Z tenant acme was moved from coroutine to thread for 60.0 s: ' +
        '2 blocks of 1.5 s in all, the last at tally (src/billing.ts:41), ' +
        'its breaker opened 1 times, 1 crashes of its isolate (exit: exit code 3), ' +
        '1 × out of memory, 1 isolates that had to be killed, ' +
        'more CPU than its share for 1.2 s, 40 MB of growth (6.0 of 5 points).',
    );
  });

  test.each([
    ['not-enforced', 'escalation only observes'],
    ['systemic', 'many tenants failed together, and what is surely its own doing is too little'],
    ['ejection-share', 'as many tenants as may be are confined already'],
    ['isolate-limit', 'no isolate was to be had'],
    ['ceiling', 'its ceiling'],
    ['pinned', 'it is pinned'],
    ['no-isolates', 'the pool has no isolates'],
    ['not-portable', 'its agent has no module that an isolate could load'],
  ])('of an escalation held by %s says why', (heldBy, why) => {
    const held = { ...decided, carriedOut: false, heldBy, evidence: [] };
    expect(told('tenant.escalated', held)).toContain(
      `would have been moved from coroutine to thread, but was not (${why}): no evidence was kept`,
    );
  });

  test.each([
    ['isolated', { heldBy: 'pinned' }, 'was not put from coroutine to thread (it is pinned)'],
    ['pinned', { heldBy: 'floor' }, 'was not pinned to thread (its floor)'],
    ['released', { heldBy: 'pinned' }, 'was not released from coroutine to thread (it is pinned)'],
  ])('of a hand that was refused (%s) does not say it was done', (kind, facts, text) => {
    const detail = { ...decided, carriedOut: false, ...facts };
    expect(told(`tenant.${kind}`, detail, { actor: BY_HAND })).toBe(
      `2026-11-26 11:15:07Z tenant acme ${text}, by hand (uid 1000, socket).`,
    );
  });

  test.each([
    ['tenant.quarantined', decided, 'was moved from coroutine to thread for 60.0 s'],
    ['tenant.relapsed', decided, 'relapsed, was moved from coroutine to thread for 60.0 s'],
    [
      'tenant.probation',
      { ...decided, from: 'thread', to: 'coroutine' },
      'on thread: a share of its new sessions goes to coroutine for 60.0 s',
    ],
    ['tenant.stepped-down', { from: 'process', to: 'thread' }, 'went down from process to thread'],
    ['tenant.released', { from: 'process', to: 'coroutine' }, 'released from process to coroutine'],
    ['tenant.isolated', { from: 'coroutine', to: 'process' }, 'was put from coroutine to process'],
    ['tenant.pinned', { to: 'process' }, 'was pinned to process'],
    ['tenant.unpinned', { from: 'process' }, 'lost its pin to process'],
    [
      'tenant.capped',
      { before: { maxSessions: null }, after: { maxSessions: 3 } },
      'may run 3 sessions at once, instead of any number of',
    ],
    [
      'tenant.drained',
      { timeoutMs: 9, finished: 2, drained: 1 },
      '2 sessions finished, 1 were ended',
    ],
    [
      'breaker.opened',
      { failures: 5, samples: 6, cooldownMs: 30_000, byHand: false, enforced: true },
      'its breaker opened after 5 of 6 sessions failed; new sessions were refused for 30.0 s',
    ],
    [
      'breaker.opened',
      { failures: 5, samples: 6, cooldownMs: 30_000, byHand: false, enforced: false },
      'would have opened after 5 of 6 sessions failed',
    ],
    [
      'breaker.opened',
      { failures: 0, samples: 0, cooldownMs: 30_000, byHand: true, enforced: true },
      'its breaker opened after it was tripped by hand',
    ],
    ['breaker.half-open', { enforced: true }, 'as a probe'],
    ['breaker.closed', { enforced: true }, 'its breaker closed'],
    ['breaker.tripped', {}, 'its breaker was tripped'],
    ['breaker.reset', {}, 'its breaker was reset'],
    [
      'admission.refused',
      { reasons: { breaker: 3, 'rate-limit': 4 }, forMs: 60_000 },
      '7 sessions (3 × breaker, 4 × rate-limit) were refused in 60.0 s',
    ],
    [
      'isolate.ended',
      { isolate: 'p3', reason: 'exit', detail: 'exit code 3', sessionsLost: 2 },
      'its isolate p3 ended with "exit" (exit code 3), 2 sessions with it',
    ],
    [
      'isolate.gave-up',
      { restarts: 5, quarantinedForMs: 300_000 },
      'failed 5 times and was not started again for 5 min',
    ],
    [
      'isolate.stuck',
      { isolate: 't2', detail: 'native code' },
      'its isolate t2 would not end (native code)',
    ],
    [
      'session.moved',
      {
        from: { rung: 'coroutine', isolate: 'main' },
        to: { rung: 'thread', isolate: 't1' },
        gapMs: 3.4,
      },
      'session s1 went from coroutine (main) to thread (t1) within 3 ms',
    ],
    [
      'session.ended',
      { reason: 'timed-out', rung: 'thread', durationMs: 1_500, detail: 'after 1,000 ms' },
      'session s1 was ended with "timed-out" on rung thread (after 1,000 ms), after 1.5 s',
    ],
    [
      'session.ended',
      { reason: 'drained', rung: 'thread', durationMs: 999 },
      'on rung thread, after 999 ms',
    ],
    ['session.kicked', { agent: 'a', detail: null }, 'session s1 was ended'],
    [
      'session.drained',
      { timeoutMs: 9, finished: 0, drained: 1 },
      'session s1 was drained: it was ended at its deadline',
    ],
    [
      'session.drained',
      { timeoutMs: 9, finished: 1, drained: 0 },
      'session s1 was drained: it finished',
    ],
    [
      'systemic.raised',
      { failingCount: 7, tenantCount: 8, tenants: ['acme'] },
      'was one of 7 tenants out of 8 that failed together',
    ],
    [
      'systemic.cleared',
      { failingCount: 0, tenantCount: 8, tenants: ['acme'] },
      'suspicion of a shared cause ended',
    ],
  ])('of %s says what became of whom', (kind, detail, text) => {
    const sentence = told(kind, detail, { session: 's1' });
    expect(sentence).toContain(text);
    expect(sentence).not.toMatch(/\?|undefined|NaN|\[object/);
  });

  test('there is for every event of a tenant', () => {
    expect(TENANT_EVENTS.map((kind) => typeof told(kind, decided))).toEqual(
      TENANT_EVENTS.map(() => 'string'),
    );
  });

  test.each(['memory.warned', 'memory.limit', 'observer.ended', 'audit.restarted', 'pool.drained'])(
    'there is none of %s, which is about nobody',
    (kind) => expect(told(kind, { rssMb: 5 })).toBeUndefined(),
  );
});

describe('a record that is none of this runtime', () => {
  test('whose detail was too large says what its kind says', () => {
    for (const kind of TENANT_EVENTS) expect(told(kind, { truncated: true })).toBeDefined();
    expect(told('tenant.escalated', { truncated: true })).toBe(
      '2026-11-26 11:15:07Z tenant acme was moved from ? to ?: no evidence was kept.',
    );
    expect(told('admission.refused', { truncated: true })).toContain(
      'were refused in an unknown time',
    );
  });

  test('is of a kind that is a name of every object: nothing is said', () => {
    for (const kind of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
      expect(told(kind)).toBeUndefined();
      const detail = { ...decided, heldBy: kind, carriedOut: false, evidence: [offence(kind)] };
      expect(told('tenant.escalated', detail)).toContain(`but was not (${kind}): 1 × ${kind}`);
    }
  });

  test('moves no cursor and makes no second line, whatever its strings', () => {
    const evil = 'a\u001b[31m\nb\u202e\u2028\u0007\u009b2J';
    const detail = {
      ...decided,
      from: evil,
      to: evil,
      heldBy: evil,
      isolate: evil,
      reason: evil,
      detail: evil,
      rung: evil,
      reasons: { [evil]: 1 },
      evidence: [
        offence(evil, { place: { function: evil, file: evil, line: 1 } }),
        offence('crash', { reason: evil }),
      ],
    };
    for (const kind of KINDS) {
      for (const carriedOut of [true, false]) {
        const sentence = told(kind, { ...detail, carriedOut }, { session: evil, at: evil });
        expect(sentence).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202e]/u);
      }
    }
  });

  test('never throws, whatever stands in it', () => {
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom(undefined, null, [null], [[]], { maxSessions: null }, 7),
    );
    const names = [
      'from',
      'to',
      'evidence',
      'reasons',
      'before',
      'after',
      'score',
      'forMs',
      'detail',
    ];
    const detail = fc.oneof(
      value,
      fc.record(Object.fromEntries(names.map((name) => [name, value])), { requiredKeys: [] }),
    );
    const record = fc.record({ detail, at: value, actor: value, session: value });
    fc.assert(
      fc.property(fc.constantFrom(...KINDS), record, (kind, foreign) => {
        const sentence = sentenceOf({ ...HEAD, ...foreign, kind } as unknown as AuditRecord);
        expect(typeof sentence).toBe('string');
      }),
      { numRuns: 2_000 },
    );
  });
});

const KINDS = [
  ...TENANT_EVENTS,
  'tenant.capped',
  'tenant.drained',
  'breaker.opened',
  'breaker.half-open',
  'breaker.closed',
  'breaker.tripped',
  'breaker.reset',
  'admission.refused',
  'isolate.ended',
  'isolate.gave-up',
  'isolate.stuck',
  'session.moved',
  'session.ended',
  'session.kicked',
  'session.drained',
  'systemic.raised',
  'systemic.cleared',
];

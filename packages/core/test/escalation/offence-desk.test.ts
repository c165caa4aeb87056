import { describe, expect, test } from '@jest/globals';
import type { RuntimeEvent } from '../../src/events/runtime-event.js';
import { offenceOf } from '../../src/escalation/offence-desk.js';
import { ISOLATE_END_REASONS } from '../../src/snapshot/report.js';

const NOW = { atMs: 5, atEpochMs: 1_700_000_000_005 };
const place = { function: 'tally', file: 'src/billing.ts', line: 41 };

type Blocked = Extract<RuntimeEvent, { kind: 'loop.blocked' }>;
type Ended = Extract<RuntimeEvent, { kind: 'isolate.ended' }>;

const blocked = (changes: Partial<Blocked> = {}): RuntimeEvent =>
  ({
    kind: 'loop.blocked',
    isolate: 'main',
    session: 's1',
    tenant: 'acme',
    agent: 'billing',
    durationMs: 210,
    isOngoing: false,
    cause: 'session',
    place,
    ...changes,
  }) as Blocked;

const ended = (changes: Partial<Ended> = {}): RuntimeEvent => ({
  kind: 'isolate.ended',
  isolate: 'thread-1',
  tenant: 'acme',
  rung: 'thread',
  reason: 'exit',
  detail: 'exit code 3',
  abnormal: true,
  sessionsLost: 1,
  ...changes,
});

describe('a block', () => {
  test('that is over is an offence of its session’s tenant, with length and place', () => {
    expect(offenceOf(blocked(), NOW)).toEqual({
      kind: 'block',
      ...NOW,
      tenant: 'acme',
      session: 's1',
      agent: 'billing',
      rung: 'coroutine',
      place,
      durationMs: 210,
    });
  });

  test('that lasts is told again when it is over: it counts then', () => {
    expect(offenceOf(blocked({ isOngoing: true }), NOW)).toBeUndefined();
  });

  test('of the host or the collector is nobody’s', () => {
    for (const cause of ['host', 'gc'] as Blocked['cause'][]) {
      expect(offenceOf(blocked({ cause }), NOW)).toBeUndefined();
    }
    expect(offenceOf(blocked({ tenant: null }), NOW)).toBeUndefined();
  });

  test.each([
    ['main', 'coroutine'],
    ['thread-3', 'thread'],
    ['process-3', 'process'],
  ])('in %s was on rung %s', (isolate, rung) => {
    expect(offenceOf(blocked({ isolate }), NOW)).toMatchObject({ rung });
  });
});

describe('the end of an isolate', () => {
  test.each([
    ['exit', 'crash'],
    ['signal', 'crash'],
    ['uncaught', 'crash'],
    ['oom-heap', 'out-of-memory'],
    ['memory-limit', 'out-of-memory'],
    ['unresponsive', 'hard-kill'],
  ])('by %s is the offence %s', (reason, kind) => {
    expect(offenceOf(ended({ reason, offender: 's1' }), NOW)).toMatchObject({
      kind,
      ...NOW,
      tenant: 'acme',
      session: 's1',
      rung: 'thread',
    });
  });

  test('by anything else says nothing about the tenant', () => {
    const telling = ['exit', 'signal', 'uncaught', 'oom-heap', 'memory-limit', 'unresponsive'];
    const others = ISOLATE_END_REASONS.filter((reason) => !telling.includes(reason));
    expect(others).toContain('start-failed');
    for (const reason of [...others, 'of another version']) {
      expect(offenceOf(ended({ reason }), NOW)).toBeUndefined();
    }
  });

  test('that somebody asked for, or of nobody’s isolate, is none', () => {
    expect(offenceOf(ended({ abnormal: false }), NOW)).toBeUndefined();
    expect(offenceOf(ended({ tenant: null }), NOW)).toBeUndefined();
  });

  test('has its reason cut to 200 characters: it is kept with the tenant', () => {
    expect(offenceOf(ended({ detail: 'x'.repeat(9_999) }), NOW)).toMatchObject({
      session: null,
      reason: `exit: ${'x'.repeat(9_999)}`.slice(0, 200),
    });
  });
});

test('nothing else is an offence', () => {
  const others: RuntimeEvent[] = [
    { kind: 'breaker.closed', tenant: 'acme', enforced: true },
    { kind: 'isolate.stuck', isolate: 't1', tenant: 'acme', detail: '' },
    { kind: 'memory.warned', rssMb: 1, warnMb: 1 },
    { kind: 'session.stray-error', session: 's', tenant: 'acme', agent: 'a', message: 'm' },
  ];
  expect(others.map((event) => offenceOf(event, NOW))).toEqual(others.map(() => undefined));
});

import { describe, expect, test } from '@jest/globals';
import type { RuntimeEvent } from '../../src/events/runtime-event.js';
import { AuditTrail } from '../../src/pool/audit-trail.js';
import { DurableState } from '../../src/pool/durable-state.js';
import type { Outcome } from '../../src/session/outcome.js';
import { makeParts } from '../../src/pool/pool-parts.js';
import { TenantryError } from '../../src/errors/errors.js';
import type { AuditRecord } from '../../src/state/audit-entry.js';
import { END_REASONS } from '../../src/vocabulary/end-reason.js';
import { RUNTIME } from '../../src/vocabulary/actor.js';
import { ManualClock } from '../manual-clock.js';
import { MemoryLog } from '../memory-log.js';

function trailed() {
  const [clock, log] = [new ManualClock(), new MemoryLog()];
  const { tenants } = makeParts({}, { clock, log });
  const state = DurableState.inMemory({ stateDir: undefined, deploymentVersion: null, clock, log });
  const trail = new AuditTrail(state, tenants, clock);
  const refuse = (tenant: string, reason: string, times: number): void => {
    const { refusals } = tenants.get(tenant).books;
    refusals[reason] = (refusals[reason] ?? 0) + times;
  };
  /** As the confinement lets it tick: once a second. */
  const seconds = (count: number): void => {
    for (let second = 0; second < count; second += 1) {
      clock.advance(1_000);
      trail.tick();
    }
  };
  const kinds = (): string[] => trail.recent().map(({ kind }) => kind);
  return { clock, trail, refuse, seconds, kinds };
}

const outcome = (changes: Partial<Outcome> = {}): Outcome =>
  ({
    status: 'failed',
    reason: 'timed-out',
    session: 's1',
    tenant: 'acme',
    agent: 'echo',
    isolation: 'thread',
    isolate: 't1',
    startedAtMs: 0,
    durationMs: 1_000,
    moves: 0,
    messagesIn: 0,
    messagesOut: 0,
    cpuMs: 5,
    blockedMs: 0,
    memoryPeakBytes: null,
    metadata: {},
    deploymentVersion: null,
    ...(changes as object),
  }) as unknown as Outcome;

const isolate = { isolate: 't1', tenant: 'acme', rung: 'thread' } as const;
const place = (rung: 'coroutine' | 'thread', name: string) => ({ rung, isolate: name });
const ended = { kind: 'isolate.ended', ...isolate, reason: 'exit', detail: 'exit code 3' } as const;

describe('what of the life of a pool goes into its trail', () => {
  test.each<[RuntimeEvent]>([
    [{ ...ended, abnormal: true, sessionsLost: 1 }],
    [{ kind: 'isolate.stuck', isolate: 't1', tenant: 'acme', detail: 'native code' }],
    [{ kind: 'isolate.gave-up', tenant: 'acme', restarts: 5, quarantinedForMs: 1 }],
    [
      {
        kind: 'breaker.opened',
        tenant: 'acme',
        failures: 5,
        samples: 5,
        cooldownMs: 1,
        byHand: false,
        enforced: true,
      },
    ],
    [{ kind: 'breaker.half-open', tenant: 'acme', enforced: true }],
    [{ kind: 'breaker.closed', tenant: 'acme', enforced: true }],
    [
      {
        kind: 'session.moved',
        session: 's1',
        tenant: 'acme',
        agent: 'echo',
        from: place('coroutine', 'main'),
        to: place('thread', 't1'),
        gapMs: 2,
        byHand: false,
      },
    ],
  ])('is $kind, with its tenant and its facts', (event) => {
    const { trail } = trailed();
    trail.event(event);
    const { kind, ...facts } = event;
    expect(trail.recent()).toEqual([
      expect.objectContaining({ seq: 1, kind, tenant: 'acme', actor: RUNTIME, detail: facts }),
    ]);
  });

  test.each<[RuntimeEvent]>([
    [{ kind: 'memory.warned', rssMb: 5, warnMb: 5 }],
    [{ kind: 'memory.limit', rssMb: 5, limitMb: 5, exitCode: 75 }],
    [{ kind: 'observer.ended', detail: 'exit', restarts: 1 }],
    [{ ...ended, tenant: null, abnormal: true, sessionsLost: 0 }],
  ])('is $kind, of no tenant', (event) => {
    const { trail } = trailed();
    trail.event(event);
    expect(trail.recent()).toHaveLength(1);
    expect(trail.recent()[0]).not.toHaveProperty('tenant');
  });

  test('are not what happens all the time: starts, wished ends, blocks, stray errors', () => {
    const { trail } = trailed();
    trail.event({ kind: 'isolate.started', ...isolate, pid: 1, startMs: 1 });
    trail.event({ ...ended, abnormal: false, sessionsLost: 0 });
    trail.event({
      kind: 'session.stray-error',
      session: 's1',
      tenant: 'acme',
      agent: 'echo',
      message: 'secret',
    });
    expect(trail.recent()).toEqual([]);
  });

  test('are the ends that the runtime brought about, and no others', () => {
    const { trail } = trailed();
    for (const reason of END_REASONS) trail.ended(outcome({ reason }));
    expect(trail.recent().map(({ detail }) => detail['reason'])).toEqual(
      END_REASONS.filter((reason) =>
        [
          'timed-out',
          'cpu-limit',
          'memory-limit',
          'isolate-crashed',
          'isolate-unresponsive',
          'drained',
        ].includes(reason),
      ),
    );
  });

  test('of an end are figures and a sentence of ours, at most 200 characters of it', () => {
    const { trail } = trailed();
    const why = 'x'.repeat(500);
    const error = new TenantryError('TENANTRY_SESSION_TIMED_OUT', `session s1: after ${why}`);
    trail.ended(outcome({ error }));
    trail.ended(outcome());
    const [first, second] = trail.recent() as [AuditRecord, AuditRecord];
    expect(first).toMatchObject({
      kind: 'session.ended',
      tenant: 'acme',
      session: 's1',
      detail: { rung: 'thread', isolate: 't1', durationMs: 1_000, cpuMs: 5, blockedMs: 0 },
    });
    expect(first.detail['detail']).toBe(`after ${why}`.slice(0, 200));
    expect(second.detail).not.toHaveProperty('detail');
  });

  test('is a burst of ends by its first twenty in a second', () => {
    const { trail, clock } = trailed();
    const burst = (): void => {
      for (let end = 0; end < 50; end += 1) trail.ended(outcome());
    };
    burst();
    expect(trail.recent()).toHaveLength(20);
    clock.advance(999);
    burst();
    expect(trail.recent()).toHaveLength(20);
    clock.advance(1);
    burst();
    expect(trail.recent()).toHaveLength(40);
  });

  test('ends that are not told take no room from those that are', () => {
    const { trail } = trailed();
    for (let end = 0; end < 100; end += 1) trail.ended(outcome({ reason: 'completed' }));
    trail.ended(outcome());
    expect(trail.recent()).toHaveLength(1);
  });
});

describe('refusals', () => {
  test('are summed up once a minute, by tenant and reason, for the time they were counted in', () => {
    const { trail, refuse, seconds } = trailed();
    refuse('acme', 'breaker', 1_000);
    refuse('acme', 'rate-limit', 1);
    refuse('other', 'tenant-cap', 2);
    seconds(59);
    expect(trail.recent()).toEqual([]);
    seconds(1);
    expect(trail.recent().map(({ kind, tenant, detail }) => [kind, tenant, detail])).toEqual([
      [
        'admission.refused',
        'acme',
        { reasons: { breaker: 1_000, 'rate-limit': 1 }, forMs: 60_000 },
      ],
      ['admission.refused', 'other', { reasons: { 'tenant-cap': 2 }, forMs: 60_000 }],
    ]);
    refuse('acme', 'breaker', 3);
    seconds(60);
    expect(trail.recent().at(-1)!.detail).toEqual({ reasons: { breaker: 3 }, forMs: 60_000 });
    seconds(600);
    expect(trail.recent()).toHaveLength(3);
  });

  test('are summed up when the pool closes, and not twice', () => {
    const { trail, refuse, seconds } = trailed();
    seconds(10);
    refuse('acme', 'draining', 5);
    trail.close();
    trail.close();
    expect(trail.recent().map(({ detail }) => detail)).toEqual([
      { reasons: { draining: 5 }, forMs: 10_000 },
    ]);
  });

  test('of ten thousand tenants are told of the 500 with most of them, and of the others in one record', () => {
    const { trail, refuse, seconds } = trailed();
    for (let tenant = 0; tenant < 9_990; tenant += 1) refuse(`t${tenant}`, 'pool-cap', 2);
    for (let tenant = 0; tenant < 10; tenant += 1) refuse(`flood${tenant}`, 'rate-limit', 1_000);
    seconds(60);
    const records = trail.recent();
    expect(records).toHaveLength(501);
    expect(records.slice(0, 10).map(({ tenant }) => tenant)).toEqual(
      Array.from({ length: 10 }, (_, at) => `flood${at}`),
    );
    expect(records.at(-1)).not.toHaveProperty('tenant');
    expect(records.at(-1)!.detail).toEqual({
      tenantCount: 9_500,
      reasons: { 'pool-cap': 19_000 },
      forMs: 60_000,
    });
    // All of them are told: nothing is told twice.
    seconds(60);
    expect(trail.recent()).toHaveLength(501);
  });
});

test('a decision is recorded with its actor and evidence, without its names twice', () => {
  const { trail } = trailed();
  const actor = { kind: 'operator', uid: 7, via: 'socket' } as const;
  trail.decided({
    kind: 'isolated',
    tenant: 'acme',
    from: 'coroutine',
    to: 'thread',
    carriedOut: true,
    heldBy: null,
    score: 1,
    threshold: 5,
    evidence: [],
    relapses: 0,
    forMs: null,
    actor,
  });
  const [record] = trail.recent();
  expect(record).toMatchObject({ kind: 'tenant.isolated', tenant: 'acme', actor });
  expect(Object.keys(record!.detail)).toEqual([
    'from',
    'to',
    'carriedOut',
    'heldBy',
    'score',
    'threshold',
    'evidence',
    'relapses',
    'forMs',
  ]);
});

test('what is recorded after the trail has settled is waited for anew', async () => {
  const { trail } = trailed();
  expect(await trail.settled()).toBe(true);
  trail.record({ kind: 'tenant.capped', tenant: 'acme', actor: RUNTIME, detail: {} });
  expect(await trail.settled()).toBe(true);
});

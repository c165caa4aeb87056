/** What a triage makes of a snapshot: the kind of trouble, who is suspected, and the next command. */
import { expect, test } from '@jest/globals';
import type { Snapshot } from '@tenantry/core/snapshot';
import type { Finding } from '../../src/doctor/finding.js';
import type { Evidence } from '../../src/triage/evidence.js';
import { triage } from '../../src/triage/triage.js';
import { sampleSnapshot } from '../fixtures/sample-snapshot.js';

/** Nothing of it stands out. */
function calm(): Snapshot {
  const snapshot = sampleSnapshot();
  return {
    ...snapshot,
    totals: { ...snapshot.totals, totalSessionFailures: 0, refusals: {}, activeSessions: 1 },
    coverage: { ...snapshot.coverage, stale: 0, lost: 0 },
    system: null,
    recentEnds: [],
    observer: { ...snapshot.observer, heldForMs: 0 },
    runtime: { ...snapshot.runtime, state: 'running' },
    isolates: snapshot.isolates.map((row) => ({ ...row, state: 'ready', freshness: 'fresh' })),
    tenants: snapshot.tenants.map((row) => ({
      ...row,
      rung: 'coroutine',
      ladder: null,
      breaker: null,
      cpu: null,
      failures: 0,
      refusals: {},
      blocked: { ...row.blocked, minute: [0, 0, 0, 0, 0] },
    })),
    confinement: undefined,
  };
}

const evidence = (snapshot: Snapshot, more: Partial<Evidence> = {}): Evidence => ({
  socket: null,
  snapshot,
  standing: { ready: true, reasons: [] },
  requests: null,
  replayable: new Set(),
  settings: [],
  findings: [],
  stateDir: '/var/lib/voice',
  ...more,
});
const failing: Finding = { check: 'memory', state: 'fail', found: 'too little', advice: 'more' };
const ended = (tenant: string, agent = 'billing') => ({
  session: `${tenant}-1`,
  tenant,
  agent,
  rung: 'coroutine' as const,
  reason: 'failed' as const,
  status: 'failed' as const,
  code: null,
  agoMs: 10,
  durationMs: 10,
  cpuMs: null,
  blockedMs: null,
});

test('a calm pool needs nothing', () => {
  expect(triage(evidence(calm()))).toMatchObject({ category: 'none', suspect: null, next: null });
});

test('a tenant that stands out is named, and explained next', () => {
  const snapshot = calm();
  const bad = snapshot.tenants[0]!;
  const tenants = [{ ...bad, rung: 'quarantined' as const }, ...snapshot.tenants.slice(1)];
  const { tenant } = bad;
  expect(triage(evidence({ ...snapshot, tenants }))).toMatchObject({
    category: 'tenant',
    suspect: tenant,
    next: `tenantry explain ${tenant}`,
  });
});

test('a pool that was named is named in every command that asks it', () => {
  const snapshot = calm();
  const [first, ...rest] = snapshot.tenants;
  const tenants = [{ ...first!, rung: 'quarantined' as const }, ...rest];
  const observer = { ...snapshot.observer, heldForMs: 900 };
  const file = "/var/lib/the voice's/b.tar.gz";
  const kept = { trigger: 'by-hand', sizeBytes: 1, createdAtMs: 1_000, file, tenant: null };
  const totals = { ...snapshot.totals, totalSessionsStarted: 5, totalSessionFailures: 5 };
  const seen = evidence(
    { ...snapshot, tenants, observer, totals, bundles: [kept] },
    {
      socket: '/run/two pools/b.sock',
      findings: [failing],
      settings: null,
      replayable: new Set([file]),
    },
  );
  const named = "--socket '/run/two pools/b.sock'";
  const quoted = "'/var/lib/the voice'\\''s/b.tar.gz'";
  expect(
    triage(seen)
      .steps.map(({ next }) => next)
      .filter((next) => next !== null),
  ).toEqual([
    `tenantry top ${named}`,
    `tenantry snapshot ${named}`,
    `tenantry doctor ${named}`,
    `tenantry top ${named}`,
    `tenantry explain ${first!.tenant} ${named}`,
    `tenantry bundle show ${quoted} ${named}`,
    `tenantry replay ${quoted}`,
  ]);
  const [away] = triage({ ...seen, requests: { unauthorized: 20 } }).steps.slice(1);
  expect(away!.next).toBe(`tenantry logs --level warn --since 10m ${named}`);
  const none = triage({ ...seen, snapshot: { ...seen.snapshot, bundles: [] } }).steps.at(-2)!;
  expect(none.next).toBe(`tenantry bundle --tenant ${first!.tenant} ${named}`);
});

test('its own bundle is the one to read and to replay', () => {
  const snapshot = calm();
  const [first, ...rest] = snapshot.tenants;
  const tenants = [{ ...first!, rung: 'quarantined' as const }, ...rest];
  const file = '/var/lib/voice/bundles/own.tar.gz';
  const bundle = { trigger: 'by-hand', sizeBytes: 1, createdAtMs: 1_000 };
  const bundles = [
    { ...bundle, file: '/var/lib/voice/bundles/other.tar.gz', tenant: 'other' },
    { ...bundle, file, tenant: first!.tenant },
  ];
  const { steps } = triage(
    evidence({ ...snapshot, tenants, bundles }, { replayable: new Set([file]) }),
  );
  expect(steps.map(({ next }) => next)).toEqual(
    expect.arrayContaining([`tenantry bundle show ${file}`, `tenantry replay ${file}`]),
  );
});

test.each<[string, Partial<Snapshot>, readonly Finding[]]>([
  [
    'shared dependency',
    {
      confinement: {
        systemic: { tenants: ['a', 'b'], sinceMs: 5 },
        ejected: 0,
        known: 2,
        auditOk: true,
      },
    },
    [],
  ],
  ['agent', { recentEnds: ['a', 'b', 'c'].map((tenant) => ended(tenant)) }, []],
  ['none', { recentEnds: [ended('a'), ended('b'), ended('c', 'chat')] }, []],
  ['host', {}, [failing]],
])('the kind of trouble is %s', (category, more, findings) => {
  expect(triage(evidence({ ...calm(), ...more }, { findings })).category).toBe(category);
});

test('jobs that keep failing are a kind of their own', () => {
  const agent = {
    agent: 'billing',
    queued: 0,
    running: 0,
    retrying: 1,
    deadLetters: 2,
    consecutiveFailures: 6,
    isFailing: true,
    lastErrorCode: 'TENANTRY_AGENT_FAILED',
    oldestWaitMs: 0,
  };
  const jobs = {
    isDurable: true,
    isSound: true,
    queued: 0,
    running: 0,
    retrying: 1,
    doneKept: 0,
    deadLetters: 2,
    submittedTotal: 3,
    doneTotal: 0,
    deadLettersDropped: 0,
    storedBytes: 10,
    oldestWaitMs: 0,
    agents: [agent],
  };
  const { category, next, steps } = triage(evidence({ ...calm(), jobs }));
  expect([category, next]).toEqual(['jobs', 'tenantry deadletters list']);
  expect(steps.flatMap(({ found }) => found).join(' ')).toContain(
    'billing failed 6 times in a row',
  );
});

test('a bundle without a recorded session is shown, and not offered for a replay', () => {
  const file = '/var/lib/voice/bundles/other.tar.gz';
  const bundles = [{ trigger: 'by-hand', sizeBytes: 1, createdAtMs: 1_000, file, tenant: null }];
  const commands = triage(evidence({ ...calm(), bundles })).steps.map(({ next }) => next);
  expect(commands).toContain(`tenantry bundle show ${file}`);
  expect(commands).not.toContain(`tenantry replay ${file}`);
});

test('a pool that is not ready says why, and that is acted on', () => {
  const standing = { ready: false, reasons: ['memory', 'wedged'] };
  const [health] = triage(evidence(calm(), { standing })).steps;
  expect(health!.state).toBe('act');
  expect(health!.found.join(' ')).toContain('not ready for new sessions: memory, wedged');
});

test.each([
  [{ ok: 5, unauthorized: 20, forbidden: 1, 'rate-limited': 3 }, 'auth'],
  [{ ok: 500, unauthorized: 20, forbidden: 1, 'rate-limited': 3 }, 'none'],
  [{ ok: 0, unauthorized: 3, forbidden: 0, 'rate-limited': 0 }, 'none'],
])('callers that are turned away: of %j it is %s', (requests, category) => {
  const result = triage(evidence(calm(), { requests }));
  expect(result.category).toBe(category);
  expect(result.steps[1]!.found.join(' ')).toContain(`${requests.unauthorized} unauthorized`);
});

test('a full pool is a matter of load', () => {
  const snapshot = calm();
  const totals = { ...snapshot.totals, activeSessions: 9, maxConcurrentSessions: 9 };
  expect(triage(evidence({ ...snapshot, totals })).category).toBe('load');
});

test('an isolate that is stuck is one, where its tenant does not stand out', () => {
  const snapshot = calm();
  const isolates = snapshot.isolates.map((row) => ({ ...row, state: 'stuck' as const }));
  expect(triage(evidence({ ...snapshot, isolates })).category).toBe('isolate');
});

test('a main loop that does not answer is acted on first', () => {
  const snapshot = calm();
  const observer = { ...snapshot.observer, heldForMs: 900 };
  const { next, steps } = triage(evidence({ ...snapshot, observer }));
  expect(next).toBe('tenantry top');
  expect(steps[0]!.found.join(' ')).toContain('900 ms');
});

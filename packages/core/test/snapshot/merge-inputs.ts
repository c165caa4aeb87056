/** Inputs of a merge, fixed ones and generated ones. */
import fc from 'fast-check';
import type { MergeInput } from '../../src/snapshot/merge.js';
import {
  BREAKER_STATES,
  ISOLATE_STATES,
  SESSION_STATES,
  type IsolateRecord,
  type SessionEntry,
  type TenantEntry,
  type Usage,
} from '../../src/snapshot/report.js';
import { NO_BLOCKS, type ObserverFigures } from '../../src/snapshot/figures.js';
import { END_REASONS } from '../../src/vocabulary/end-reason.js';
import { RUNGS } from '../../src/vocabulary/rung.js';

const OBSERVER: ObserverFigures = {
  state: 'off',
  restarts: 0,
  heldForMs: 0,
  slowSessionThresholdMs: 50,
};
const count = fc.nat(10_000);
const ratio = fc.double({ min: 0, max: 1, noNaN: true });
const name = fc.constantFrom(
  'acme',
  'default',
  'zeta',
  'valueOf',
  'toString',
  'a-b',
  '0',
  '10',
  '9',
);
const refusal = fc.constantFrom('malformed', 'draining', 'tenant-cap', 'pool-cap', 'placement');

const tenant: fc.Arbitrary<TenantEntry> = fc.record({
  tenant: name,
  rung: fc.constantFrom(...RUNGS),
  active: count,
  maxSessions: fc.option(count),
  started: count,
  failures: count,
  ends: fc.dictionary(fc.constantFrom(...END_REASONS), count),
  refusals: fc.dictionary(refusal, count),
  messagesIn: count,
  messagesOut: count,
  strayErrors: count,
  quarantinedForMs: fc.option(count),
  breaker: fc.option(
    fc.record({
      state: fc.constantFrom(...BREAKER_STATES),
      enforced: fc.boolean(),
      trips: count,
      failures: count,
      samples: count,
      cooldownMs: count,
      nextProbeInMs: fc.option(count),
    }),
  ),
  blocked: fc.constant(NO_BLOCKS),
});

const figures = fc.record({
  rssBytes: fc.option(count),
  pssBytes: fc.option(count),
  heapUsedBytes: fc.option(count),
  externalBytes: fc.option(count),
  eluRatio: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
  cpuMs: fc.option(count),
  cpuNowRatio: fc.option(ratio),
  cpuMinuteRatio: fc.option(ratio),
  loopLagMs: fc.option(count),
});

const usage: fc.Arbitrary<Usage> = fc.record({
  nowRatio: ratio,
  minuteRatio: ratio,
  totalMs: count,
  allocatedBytesPerS: count,
});

const isolate: fc.Arbitrary<IsolateRecord> = fc.record({
  isolate: fc.constantFrom('main', 't1', 't2', 'p1', 'p2', 'p3'),
  tenant: fc.option(name),
  rung: fc.constantFrom('coroutine', 'thread', 'process'),
  scope: fc.constantFrom('tenant', 'session', null),
  pid: fc.option(fc.integer({ min: 1, max: 6 })),
  threadId: fc.option(count),
  state: fc.constantFrom(...ISOLATE_STATES),
  reportAgeMs: fc.option(count),
  report: fc.option(
    fc.record({
      figures,
      sessions: fc.constant([]),
      ghosts: count,
      strayErrors: count,
      usage: fc.option(fc.record({ tenants: fc.dictionary(name, usage), hostMs: count })),
    }),
  ),
  memoryLimitMb: fc.option(count),
  restarts: count,
  lastEnd: fc.option(
    fc.record({ reason: fc.constant('oom-heap'), detail: fc.string(), agoMs: count }),
  ),
});

const session: fc.Arbitrary<SessionEntry> = fc.record({
  session: fc.uuid(),
  tenant: name,
  agent: fc.constantFrom('support', 'voice', 'constructor-like'),
  rung: fc.constantFrom('coroutine', 'thread', 'process'),
  isolate: fc.constantFrom('main', 't1', 't2', 'p1', 'p2', 'p3'),
  state: fc.constantFrom(...SESSION_STATES),
  durationMs: count,
  idleMs: count,
  messagesIn: count,
  messagesOut: count,
  queuedIn: count,
  queuedOut: count,
  blocked: fc.constant(NO_BLOCKS),
  memoryPeakBytes: fc.option(count),
});

export const mergeInput: fc.Arbitrary<MergeInput> = fc.record({
  takenAtMs: count,
  runtime: fc.constant({
    name: 'tenantry',
    pid: 1,
    host: 'here',
    node: 'v20',
    version: '0.1.0',
    deploymentVersion: null,
    uptimeMs: 5,
    state: 'running' as const,
  }),
  maxConcurrentSessions: count,
  registeredAgents: fc.uniqueArray(fc.constantFrom('support', 'voice', 'echo')),
  tenants: fc.uniqueArray(tenant, { selector: (entry) => entry.tenant }),
  sessions: fc.uniqueArray(session, { selector: (entry) => entry.session, maxLength: 20 }),
  isolates: fc.uniqueArray(isolate, { selector: (record) => record.isolate }),
  retired: fc.record({ isolates: count, cpuMs: count, tenantCpuMs: fc.dictionary(name, count) }),
  observer: fc.constant(OBSERVER),
  blocks: fc.constant([]),
  recentEnds: fc.constant([]),
  staleness: fc.record({ staleAfterMs: count }),
});

export const record = (fields: Partial<IsolateRecord> = {}): IsolateRecord => ({
  isolate: 'p1',
  tenant: 'acme',
  rung: 'process',
  scope: 'tenant',
  pid: 77,
  threadId: null,
  state: 'ready',
  reportAgeMs: 10,
  report: {
    figures: {
      rssBytes: 1_000,
      pssBytes: null,
      heapUsedBytes: 10,
      externalBytes: 1,
      eluRatio: 0.5,
      cpuMs: 40,
      cpuNowRatio: null,
      cpuMinuteRatio: null,
      loopLagMs: null,
    },
    sessions: [],
    usage: null,
    ghosts: 2,
    strayErrors: 0,
  },
  memoryLimitMb: null,
  restarts: 0,
  lastEnd: null,
  ...fields,
});

export const inputWith = (fields: Partial<MergeInput> = {}): MergeInput => ({
  takenAtMs: 1,
  runtime: {
    name: 'tenantry',
    pid: 1,
    host: 'here',
    node: 'v20',
    version: '0.1.0',
    deploymentVersion: null,
    uptimeMs: 5,
    state: 'running',
  },
  maxConcurrentSessions: 10,
  registeredAgents: [],
  tenants: [],
  sessions: [],
  isolates: [],
  retired: { isolates: 0, cpuMs: 0, tenantCpuMs: {} },
  observer: OBSERVER,
  blocks: [],
  recentEnds: [],
  staleness: { staleAfterMs: 3_000 },
  ...fields,
});

/** Who is served in a soak: twenty tenants on all rungs, and the settings they are served with. */
import type { Rung } from '@tenantry/core';

export interface SoakTenant {
  readonly id: string;
  readonly rung: Rung;
}

const several = (prefix: string, count: number, rung: Rung): SoakTenant[] =>
  Array.from({ length: count }, (_, index) => ({ id: `${prefix}${index + 1}`, rung }));

/** Whose clients talk. */
export const TALKERS: readonly SoakTenant[] = [
  ...several('loop', 8, 'coroutine'),
  ...several('thread', 4, 'thread'),
  ...several('child', 4, 'process'),
];
/** Whose jobs are submitted. */
export const WORKERS: readonly SoakTenant[] = [
  ...several('jobs-loop', 2, 'coroutine'),
  ...several('jobs-thread', 1, 'thread'),
  ...several('jobs-child', 1, 'process'),
];
export const PROBE = 'probe';

const PLACES = {
  coroutine: {},
  thread: { isolation: 'process', isolate: 'worker_threads', memoryLimitMb: 100 },
  process: { isolation: 'process', isolate: 'child_process', memoryLimitMb: 200 },
  quarantined: {},
} as const;

/** @param cap of each tenant's sessions: what a change of the configuration changes */
export function settingsOf(cap: number): object {
  const tenants = [...TALKERS, ...WORKERS].map(({ id, rung }) => [
    id,
    { ...PLACES[rung], maxSessions: cap, abortGraceMs: 1_000 },
  ]);
  return {
    agents: 'agents',
    port: 0,
    watch: true,
    stateDir: 'state',
    name: 'soak',
    drainTimeoutMs: 5_000,
    maxConcurrentSessions: 100,
    fairQueue: { maxWaiting: 20, maxWaitMs: 2_000 },
    circuitBreaker: { cooldownMs: 2_000 },
    escalation: { enforce: true, confinementMs: 10_000, probationMs: 10_000 },
    jobs: { keepDoneMs: 20_000, retry: { maxAttempts: 2, baseDelayMs: 200 } },
    isolateOptions: {
      isolateIdleMs: 15_000,
      unresponsiveMs: 3_000,
      restart: { initialMs: 200, maxMs: 2_000, intensity: 50, quarantineMs: 5_000 },
    },
    gateway: {
      idempotencyTtlMs: 30_000,
      resumeGraceMs: 10_000,
      heartbeatMs: 10_000,
      slowReaderTimeoutMs: 3_000,
    },
    auth: {
      routeLimits: Object.fromEntries(
        ROUTES.map((route) => [route, { requestsPerSecond: 10_000, burst: 10_000 }]),
      ),
    },
    tenants: {
      ...Object.fromEntries(tenants),
      [PROBE]: { escalation: { pin: 'coroutine' } },
    },
  };
}

const ROUTES = [
  'sessions.open',
  'sessions.connect',
  'sessions.read',
  'jobs.submit',
  'jobs.read',
  'admin.read',
  'admin.act',
  'metrics',
  'health',
];

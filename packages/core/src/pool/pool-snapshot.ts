/** Puts the pool's books beside what every place reports, and has them merged. */
import os from 'node:os';
import process from 'node:process';
import type { Placement } from '../placement/placement.js';
import { NO_BLOCKS } from '../snapshot/figures.js';
import { mergeSnapshot } from '../snapshot/merge.js';
import type { BreakerFigure, LadderFigure, TenantEntry } from '../snapshot/report.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import type { StalenessRule } from '../snapshot/staleness.js';
import type { BookTotals } from '../tenant/tenant-books.js';
import type { Tenant } from '../tenant/tenant.js';
import type { ClientSession } from '../session/client-session.js';
import type { Confinement } from './confinement.js';
import { entryOf } from '../session/session-entry.js';
import type { Incidents } from './incidents.js';
import type { Introspection } from './introspection.js';
import type { PoolJobs } from './pool-jobs.js';
import type { ParsedPoolOptions } from './pool-options.js';
import type { PoolParts } from './pool-parts.js';
import { VERSION } from './version.js';

export type PoolState = Snapshot['runtime']['state'];

export interface PoolFacts extends PoolParts {
  readonly state: PoolState;
  readonly placement: Placement | undefined;
  /** Undefined with `enableIntrospection: false`. */
  readonly introspection: Introspection | undefined;
  /** Undefined where none are recorded. */
  readonly incidents: Incidents | undefined;
  /** Undefined until the pool is started. */
  readonly confinement: Confinement | undefined;
  readonly jobs: Pick<PoolJobs, 'figures'>;
}

/** Rows that stand for more than one tenant; no tenant id is spelt like them. */
const MALFORMED = '(malformed)';
const FORGOTTEN = '(forgotten)';
/** Three missed reports: one may be late, two a busy moment. */
const STALE_AFTER_REPORTS = 3;

export function takeSnapshot(facts: PoolFacts): Snapshot {
  const { options, clock, placement } = facts;
  const nowMs = clock.nowMs();
  const open = facts.live.all().filter(({ state }) => state !== 'ended');
  const running = new Map<string, { in: number; out: number }>();
  const sessions = open.map((session) => {
    const blocked = facts.introspection?.desk.ofSession(session.id, nowMs) ?? NO_BLOCKS;
    const entry = entryOf(session, nowMs, blocked);
    const sum = running.get(entry.tenant) ?? { in: 0, out: 0 };
    sum.in += entry.messagesIn;
    sum.out += entry.messagesOut;
    running.set(entry.tenant, sum);
    return entry;
  });
  const snapshot = mergeSnapshot({
    takenAtMs: clock.epochMs(),
    runtime: runtimeOf(facts, nowMs),
    maxConcurrentSessions: options.maxConcurrentSessions,
    registeredAgents: [...facts.catalog.names()],
    tenants: tenantEntries(facts, nowMs, running),
    sessions,
    isolates: placement?.records() ?? [],
    retired: placement?.retired() ?? { isolates: 0, cpuMs: 0, tenantCpuMs: {} },
    observer: observerOf(facts),
    confinement: facts.confinement?.figure(),
    jobs: facts.jobs.figures(),
    bundles: facts.incidents?.listed,
    blocks: facts.introspection?.desk.recent ?? [],
    recentEnds: facts.recentEnds.rows(nowMs),
    staleness: stalenessOf(options),
  });
  rememberPeaks(open, snapshot);
  return snapshot;
}

export function runtimeOf(facts: PoolFacts, nowMs: number): Snapshot['runtime'] {
  const { options } = facts;
  const logFile = facts.ownLog?.path ?? null;
  return {
    name: options.name,
    pid: process.pid,
    host: os.hostname(),
    node: process.version,
    version: VERSION,
    deploymentVersion: options.deploymentVersion ?? null,
    uptimeMs: nowMs - facts.createdMs,
    state: facts.state,
    ...(logFile === null ? {} : { logFile }),
    ...(options.stateDir === undefined ? {} : { stateDir: options.stateDir }),
    ...(facts.folders.generation === 0 ? {} : { agentGeneration: facts.folders.generation }),
  };
}

export function observerOf({ introspection, options }: PoolFacts): Snapshot['observer'] {
  return (
    introspection?.figures ?? {
      state: 'off',
      restarts: 0,
      heldForMs: 0,
      slowSessionThresholdMs: options.slowSessionThresholdMs,
    }
  );
}

export function stalenessOf({ isolateOptions }: ParsedPoolOptions): StalenessRule {
  return { staleAfterMs: isolateOptions.reportIntervalMs * STALE_AFTER_REPORTS };
}

/** A snapshot is made once a second at least where anything is measured: often enough for a peak. */
function rememberPeaks(open: readonly ClientSession[], snapshot: Snapshot): void {
  const sessions = new Map(open.map((session) => [session.id, session]));
  for (const { session, memory } of snapshot.sessions) {
    if (memory !== null) sessions.get(session)!.memoryPeakBytes = memory.peakBytes;
  }
}

function tenantEntries(
  facts: PoolFacts,
  nowMs: number,
  running: ReadonlyMap<string, { in: number; out: number }>,
): TenantEntry[] {
  const entries: TenantEntry[] = [];
  for (const tenant of facts.tenants.all()) {
    const blocked = facts.introspection?.desk.ofTenant(tenant.id, nowMs) ?? NO_BLOCKS;
    // First: a probe that has hung is judged when somebody looks, and may move its tenant.
    const breaker = tenant.breaker?.figure() ?? null;
    const ladder = facts.confinement?.ladderFigure(tenant.id) ?? null;
    entries.push({ ...toEntry(tenant, nowMs, running.get(tenant.id), breaker, ladder), blocked });
  }
  if (facts.malformed.refusals['malformed'] !== undefined) {
    entries.push(standIn(MALFORMED, facts.malformed));
  }
  const { forgotten } = facts.tenants;
  if (forgotten.started > 0 || Object.keys(forgotten.refusals).length > 0) {
    entries.push(standIn(FORGOTTEN, forgotten));
  }
  return entries;
}

function toEntry(
  tenant: Tenant,
  nowMs: number,
  running: { in: number; out: number } | undefined,
  breaker: BreakerFigure | null,
  ladder: LadderFigure | null,
): Omit<TenantEntry, 'blocked'> {
  const { books, cap } = tenant;
  const quarantinedForMs = tenant.quarantinedForMs(nowMs);
  return {
    ...books,
    tenant: tenant.id,
    rung: quarantinedForMs === null ? (ladder?.rung ?? tenant.placedRung) : 'quarantined',
    active: cap.heldCount,
    maxSessions: Number.isFinite(cap.maxCount) ? cap.maxCount : null,
    messagesIn: books.messagesIn + (running?.in ?? 0),
    messagesOut: books.messagesOut + (running?.out ?? 0),
    quarantinedForMs,
    breaker,
    ladder,
    queued: {
      waiting: tenant.waiting.count,
      oldestMs: tenant.waiting.count === 0 ? 0 : nowMs - tenant.waiting.oldestSinceMs,
    },
  };
}

function standIn(name: string, books: BookTotals): TenantEntry {
  return {
    ...books,
    tenant: name,
    rung: 'coroutine',
    active: 0,
    maxSessions: null,
    quarantinedForMs: null,
    breaker: null,
    blocked: NO_BLOCKS,
  };
}

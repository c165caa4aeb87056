/**
 * Pure: the pool's books and every place's last report become one snapshot. The order of isolates,
 * tenants and sessions in the input does not matter. Holds no policy and asks nobody.
 */
import type { EndReason } from '../vocabulary/end-reason.js';
import {
  allocationOf,
  attribute,
  cpuOf,
  cpuOfPlace,
  remainder,
  statusOf,
  unattributedMs,
  type Attribution,
} from './attribute.js';
import type { BlockRow, BundleRow, EndRow } from './figures.js';
import type { JobFigures } from './job-figures.js';
import type {
  ConfinementFigure,
  IsolateRecord,
  RetiredFigures,
  SessionEntry,
  TenantEntry,
} from './report.js';
import {
  SNAPSHOT_VERSION,
  type IsolateRow,
  type SessionRow,
  type Snapshot,
  type TenantRow,
} from './snapshot.js';
import { freshnessOf, type StalenessRule } from './staleness.js';

export interface MergeInput {
  readonly takenAtMs: number;
  readonly runtime: Snapshot['runtime'];
  readonly maxConcurrentSessions: number;
  readonly registeredAgents: readonly string[];
  readonly tenants: readonly TenantEntry[];
  readonly sessions: readonly SessionEntry[];
  /** The shared loop's record among them. */
  readonly isolates: readonly IsolateRecord[];
  readonly retired: RetiredFigures;
  readonly staleness: StalenessRule;
  readonly observer: Snapshot['observer'];
  /** Left out until the pool has started. */
  readonly confinement?: ConfinementFigure | undefined;
  /** Left out where the pool takes no jobs. */
  readonly jobs?: JobFigures | undefined;
  /** Left out where none are made. */
  readonly bundles?: readonly BundleRow[] | undefined;
  /** Newest first, both. */
  readonly blocks: readonly BlockRow[];
  readonly recentEnds: readonly EndRow[];
}

export function mergeSnapshot(input: MergeInput): Snapshot {
  const perIsolate = countBy(input.sessions, (entry) => entry.isolate);
  // In one order, so that sums of fractions do not depend on that of the input.
  const records = [...input.isolates].sort((a, b) => order(a.isolate, b.isolate));
  const isolates = records.map((record) =>
    toIsolateRow(record, perIsolate.get(record.isolate) ?? 0, input),
  );
  const entries = [...input.sessions].sort((a, b) => order(a.session, b.session));
  const attribution = attribute(records, input.retired, entries);
  const sessions = entries.map((entry) => toSessionRow(entry, attribution));
  const sums = sumsByTenant(sessions);
  const tenants = input.tenants
    .map((entry) => toTenantRow(entry, attribution, sums.get(entry.tenant)))
    .sort((a, b) => order(a.tenant, b.tenant));
  const totals = totalsOf(input, isolates);
  return {
    schemaVersion: SNAPSHOT_VERSION,
    takenAtMs: input.takenAtMs,
    runtime: input.runtime,
    totals,
    coverage: coverageOf(isolates),
    registeredAgents: [...input.registeredAgents].sort(order),
    sessionsByAgent: toRecord(countBy(input.sessions, (entry) => entry.agent)),
    sessionsByTenant: toRecord(countBy(input.sessions, (entry) => entry.tenant)),
    tenants,
    isolates,
    sessions,
    unattributed: remainder(records, attribution, totals),
    observer: input.observer,
    // The observer, which no session can delay, knows the machine; a pool without one does not.
    system: null,
    ...(input.bundles === undefined ? {} : { bundles: [...input.bundles] }),
    blocks: [...input.blocks],
    recentEnds: [...input.recentEnds],
    ...(input.confinement === undefined ? {} : { confinement: confinementOf(input.confinement) }),
    ...(input.jobs === undefined ? {} : { jobs: input.jobs }),
  };
}

export function confinementOf({
  systemic,
  ...figures
}: ConfinementFigure): Snapshot['confinement'] {
  return {
    ...figures,
    systemic: systemic === null ? null : { ...systemic, tenants: [...systemic.tenants] },
  };
}

function toSessionRow(entry: SessionEntry, attribution: Attribution): SessionRow {
  const usage = attribution.usageOfSession.get(entry.session);
  const share = attribution.memoryOfSession.get(entry.session);
  const { memoryPeakBytes, ...row } = entry;
  return {
    ...row,
    status: statusOf(entry, entry.blocked.lastAgoMs),
    cpu: cpuOf(usage),
    memory:
      share === undefined
        ? null
        : { ...share, peakBytes: Math.max(memoryPeakBytes ?? 0, share.bytes) },
    allocation: allocationOf(usage),
  };
}

interface TenantSums {
  memoryBytes: number | null;
  queuedIn: number;
  queuedOut: number;
}

function sumsByTenant(rows: readonly SessionRow[]): Map<string, TenantSums> {
  const sums = new Map<string, TenantSums>();
  for (const { tenant, memory, queuedIn, queuedOut } of rows) {
    const sum = sums.get(tenant) ?? { memoryBytes: null, queuedIn: 0, queuedOut: 0 };
    if (memory !== null) sum.memoryBytes = (sum.memoryBytes ?? 0) + memory.bytes;
    sum.queuedIn += queuedIn;
    sum.queuedOut += queuedOut;
    sums.set(tenant, sum);
  }
  return sums;
}

function toTenantRow(
  entry: TenantEntry,
  attribution: Attribution,
  sums: TenantSums | undefined,
): TenantRow {
  const usage = attribution.usageOfTenant.get(entry.tenant);
  return {
    ...entry,
    ends: { ...entry.ends },
    refusals: { ...entry.refusals },
    cpu: cpuOf(usage),
    memoryBytes: sums?.memoryBytes ?? null,
    allocation: allocationOf(usage),
    queuedIn: sums?.queuedIn ?? 0,
    queuedOut: sums?.queuedOut ?? 0,
  };
}

function totalsOf(input: MergeInput, isolates: readonly IsolateRow[]): Snapshot['totals'] {
  const ends: Partial<Record<EndReason, number>> = {};
  const refusals: Record<string, number> = {};
  const sums = { started: 0, failures: 0, messagesIn: 0, messagesOut: 0, strayErrors: 0 };
  for (const tenant of input.tenants) {
    addInto(ends, tenant.ends);
    addInto(refusals, tenant.refusals);
    sums.started += tenant.started;
    sums.failures += tenant.failures;
    sums.messagesIn += tenant.messagesIn;
    sums.messagesOut += tenant.messagesOut;
    sums.strayErrors += tenant.strayErrors;
  }
  return {
    activeSessions: input.sessions.length,
    maxConcurrentSessions: input.maxConcurrentSessions,
    totalSessionsStarted: sums.started,
    totalSessionFailures: sums.failures,
    ends: sorted(ends),
    refusals: sorted(refusals),
    messagesIn: sums.messagesIn,
    messagesOut: sums.messagesOut,
    strayErrors: sums.strayErrors,
    ...placeTotals(isolates, input.retired),
    isolatesEnded: input.retired.isolates,
  };
}

/** What all places hold and have used together. */
export function placeTotals(
  isolates: readonly IsolateRow[],
  retired: RetiredFigures,
): Pick<Snapshot['totals'], 'ghosts' | 'rssBytes' | 'cpuMs'> {
  const rssByProcess = new Map<number, number>();
  let cpuMs = retired.cpuMs;
  let ghosts = 0;
  for (const row of isolates) {
    // What is lost holds nothing any more; its last figures stay in its row.
    const isLost = row.freshness === 'lost';
    if (!isLost) ghosts += row.ghosts;
    if (!isLost && row.pid !== null && row.rssBytes !== null)
      rssByProcess.set(row.pid, row.rssBytes);
    // A thread's CPU is part of its process's, which the shared loop's row states.
    if (row.rung !== 'thread') cpuMs += row.cpuMs ?? 0;
  }
  const rssBytes = [...rssByProcess.values()].reduce((sum, bytes) => sum + bytes, 0);
  return { ghosts, rssBytes, cpuMs };
}

export function coverageOf(isolates: readonly IsolateRow[]): Snapshot['coverage'] {
  const coverage = { isolates: isolates.length, fresh: 0, stale: 0, lost: 0 };
  let oldestReportAgeMs: number | null = null;
  for (const row of isolates) {
    coverage[row.freshness] += 1;
    if (row.reportAgeMs !== null && row.freshness !== 'lost') {
      oldestReportAgeMs = Math.max(oldestReportAgeMs ?? 0, row.reportAgeMs);
    }
  }
  return { ...coverage, oldestReportAgeMs };
}

export function toIsolateRow(
  record: IsolateRecord,
  sessions: number,
  input: Pick<MergeInput, 'isolates' | 'staleness'>,
): IsolateRow {
  const figures = record.report?.figures;
  return {
    isolate: record.isolate,
    tenant: record.tenant,
    rung: record.rung,
    scope: record.scope,
    pid: record.pid,
    threadId: record.threadId,
    state: record.state,
    freshness: freshnessOf(record, input.staleness),
    reportAgeMs: record.reportAgeMs,
    sessions,
    ghosts: record.report?.ghosts ?? 0,
    rssBytes: figures?.rssBytes ?? null,
    pssBytes: figures?.pssBytes ?? null,
    heapUsedBytes: figures?.heapUsedBytes ?? null,
    externalBytes: figures?.externalBytes ?? null,
    eluRatio: figures?.eluRatio ?? null,
    cpuMs: figures?.cpuMs ?? null,
    cpu: cpuOfPlace(record),
    unattributedCpuMs: unattributedMs(record, input.isolates),
    loopLagMs: figures?.loopLagMs ?? null,
    memoryLimitMb: record.memoryLimitMb,
    restarts: record.restarts,
    lastEnd: record.lastEnd,
  };
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function countBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) {
    const key = keyOf(item);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

function toRecord(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort(([a], [b]) => order(a, b)));
}

function sorted<T extends Partial<Record<string, number>>>(counts: T): T {
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => order(a, b))) as T;
}

function addInto(
  sums: Partial<Record<string, number>>,
  counts: Readonly<Partial<Record<string, number>>>,
): void {
  for (const key of Object.keys(counts)) sums[key] = (sums[key] ?? 0) + (counts[key] ?? 0);
}

/**
 * Pure: puts what every loop says of its turns, and what every place holds in memory, on the rows of
 * sessions and tenants, so that the shares add up to the whole with one remainder.
 */
import type { AllocationFigure, CpuFigure, MemoryFigure, Unattributed } from './figures.js';
import type {
  IsolateRecord,
  PlaceFigures,
  RetiredFigures,
  SessionEntry,
  SessionStatus,
  Usage,
} from './report.js';

/** A block marks its session for this long, as OpenRTC's `top` does. */
const SLOW_FOR_MS = 5_000;
/** A session without a message for this long is shown as idle. */
const IDLE_AFTER_MS = 10_000;

export type MemoryShare = Omit<MemoryFigure, 'peakBytes'>;

export interface Attribution {
  readonly usageOfSession: ReadonlyMap<string, Usage>;
  readonly usageOfTenant: ReadonlyMap<string, Usage>;
  readonly memoryOfSession: ReadonlyMap<string, MemoryShare>;
  /** Whether any loop measures turns. */
  readonly isMeasured: boolean;
}

export function attribute(
  isolates: readonly IsolateRecord[],
  retired: RetiredFigures,
  sessions: readonly SessionEntry[],
): Attribution {
  const usageOfSession = new Map<string, Usage>();
  for (const { report } of isolates) {
    for (const { session, usage } of report?.sessions ?? []) {
      if (usage !== null) usageOfSession.set(session, usage);
    }
  }
  return {
    usageOfSession,
    usageOfTenant: tenantUsage(isolates, retired),
    memoryOfSession: memoryOfSessions(isolates, sessions),
    isMeasured: isAnyMeasured(isolates),
  };
}

export function isAnyMeasured(isolates: readonly IsolateRecord[]): boolean {
  return isolates.some(({ report }) => report !== null && report.usage !== null);
}

/** What all turns of each tenant have cost, on every loop and on those that are gone. */
export function tenantUsage(
  isolates: readonly IsolateRecord[],
  retired: RetiredFigures,
): Map<string, Usage> {
  const usageOfTenant = new Map<string, Usage>();
  for (const [tenant, totalMs] of Object.entries(retired.tenantCpuMs)) {
    add(usageOfTenant, tenant, { nowRatio: 0, minuteRatio: 0, totalMs, allocatedBytesPerS: 0 });
  }
  for (const { report } of isolates) {
    for (const [tenant, usage] of Object.entries(report?.usage?.tenants ?? {})) {
      add(usageOfTenant, tenant, usage);
    }
  }
  return usageOfTenant;
}

export function cpuOf(usage: Usage | undefined): CpuFigure | null {
  if (usage === undefined) return null;
  const { nowRatio, minuteRatio, totalMs } = usage;
  return { nowRatio, minuteRatio, totalMs, method: 'turn-clock' };
}

export function allocationOf(usage: Usage | undefined): AllocationFigure | null {
  return usage === undefined ? null : { bytesPerS: usage.allocatedBytesPerS, method: 'sampled' };
}

export function cpuOfPlace(record: IsolateRecord): CpuFigure | null {
  const figures = record.report?.figures;
  if (figures === undefined || figures.cpuMs === null || figures.cpuNowRatio === null) return null;
  return {
    nowRatio: figures.cpuNowRatio,
    minuteRatio: figures.cpuMinuteRatio ?? 0,
    totalMs: figures.cpuMs,
    method: record.rung === 'thread' ? 'thread-clock' : 'process-clock',
  };
}

/** CPU of a place that no turn of a session accounts for; its own threads are places of their own. */
export function unattributedMs(
  record: IsolateRecord,
  isolates: readonly IsolateRecord[],
): number | null {
  const { report } = record;
  if (report === null || report.usage === null || report.figures.cpuMs === null) return null;
  let restMs = report.figures.cpuMs;
  for (const usage of Object.values(report.usage.tenants)) restMs -= usage.totalMs;
  if (record.rung === 'coroutine') {
    for (const other of isolates) {
      if (other.rung === 'thread') restMs -= other.report?.figures.cpuMs ?? 0;
    }
  }
  return Math.max(0, restMs);
}

export function statusOf(
  { state, idleMs }: Pick<SessionEntry, 'state' | 'idleMs'>,
  lastBlockAgoMs: number | null,
): SessionStatus {
  if (lastBlockAgoMs !== null && lastBlockAgoMs <= SLOW_FOR_MS) return 'slow';
  if (state === 'draining') return 'draining';
  return idleMs >= IDLE_AFTER_MS ? 'idle' : 'active';
}

/** What is left of the processes' own figures. */
export function remainder(
  isolates: readonly IsolateRecord[],
  attribution: Attribution,
  totals: { readonly cpuMs: number; readonly rssBytes: number },
): Unattributed | null {
  if (!attribution.isMeasured) return null;
  let sessionBytes = 0;
  for (const { bytes } of attribution.memoryOfSession.values()) sessionBytes += bytes;
  return remainderOf(isolates, attribution.usageOfTenant, { ...totals, sessionBytes });
}

/** The same where the sessions' memory has been added up. */
export function remainderOf(
  isolates: readonly IsolateRecord[],
  usageOfTenant: ReadonlyMap<string, Usage>,
  totals: { readonly cpuMs: number; readonly rssBytes: number; readonly sessionBytes: number },
): Unattributed {
  const cpu = { nowRatio: 0, minuteRatio: 0, totalMs: totals.cpuMs };
  let hostMs = 0;
  for (const record of isolates) {
    if (record.rung === 'coroutine') hostMs += record.report?.usage?.hostMs ?? 0;
    if (record.rung === 'thread') continue;
    cpu.nowRatio += record.report?.figures.cpuNowRatio ?? 0;
    cpu.minuteRatio += record.report?.figures.cpuMinuteRatio ?? 0;
  }
  for (const usage of usageOfTenant.values()) {
    cpu.nowRatio -= usage.nowRatio;
    cpu.minuteRatio -= usage.minuteRatio;
    cpu.totalMs -= usage.totalMs;
  }
  return {
    cpu: {
      nowRatio: Math.max(0, cpu.nowRatio),
      minuteRatio: Math.max(0, cpu.minuteRatio),
      totalMs: Math.max(0, cpu.totalMs),
      method: 'process-clock',
    },
    hostMs,
    rssBytes: Math.max(0, totals.rssBytes - totals.sessionBytes),
  };
}

/** Of the memory of each isolate, what one of its sessions is said to hold. */
export function memoryShares(
  isolates: readonly IsolateRecord[],
  sessionsIn: ReadonlyMap<string, number>,
): Map<string, MemoryShare> {
  const threadBytes = isolates.reduce(
    (sum, record) => sum + (record.rung === 'thread' ? heldBytes(record.report?.figures) : 0),
    0,
  );
  const shares = new Map<string, MemoryShare>();
  for (const record of isolates) {
    const sharedBy = sessionsIn.get(record.isolate) ?? 0;
    const figures = record.report?.figures;
    if (figures === undefined || sharedBy === 0) continue;
    const whole =
      record.rung === 'thread'
        ? heldBytes(figures)
        : (figures.rssBytes ?? 0) - (record.rung === 'coroutine' ? threadBytes : 0);
    const method =
      record.rung === 'thread'
        ? 'thread-heap'
        : record.rung === 'process'
          ? 'process-rss'
          : 'equal-share';
    shares.set(record.isolate, { bytes: Math.max(0, whole) / sharedBy, method, sharedBy });
  }
  return shares;
}

function memoryOfSessions(
  isolates: readonly IsolateRecord[],
  sessions: readonly SessionEntry[],
): Map<string, MemoryShare> {
  const inIsolate = new Map<string, number>();
  for (const { isolate } of sessions) inIsolate.set(isolate, (inIsolate.get(isolate) ?? 0) + 1);
  const shares = memoryShares(isolates, inIsolate);
  const bySession = new Map<string, MemoryShare>();
  for (const { session, isolate } of sessions) {
    const share = shares.get(isolate);
    if (share !== undefined) bySession.set(session, share);
  }
  return bySession;
}

function heldBytes(figures: PlaceFigures | undefined): number {
  return (figures?.heapUsedBytes ?? 0) + (figures?.externalBytes ?? 0);
}

function add(sums: Map<string, Usage>, key: string, more: Usage): void {
  const sum = sums.get(key);
  sums.set(
    key,
    sum === undefined
      ? more
      : {
          nowRatio: sum.nowRatio + more.nowRatio,
          minuteRatio: sum.minuteRatio + more.minuteRatio,
          totalMs: sum.totalMs + more.totalMs,
          allocatedBytesPerS: sum.allocatedBytesPerS + more.allocatedBytesPerS,
        },
  );
}

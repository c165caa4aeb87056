/**
 * Pure: a snapshot that the main thread made, with what only the observer knows: blocks that last
 * right now, the machine, and how old the rest is. A session that blocks cannot report that it does.
 */
import {
  BLOCK_BUCKETS_MS,
  NO_BLOCKS,
  type BlockRow,
  type BlockedFigure,
  type CpuFigure,
  type SystemFigures,
} from '../snapshot/figures.js';
import type { SessionRow, Snapshot, TenantRow } from '../snapshot/snapshot.js';

export interface ObserverView {
  readonly ongoing: readonly BlockRow[];
  readonly system: SystemFigures;
  /** Latest that the main loop was in the last second. */
  readonly mainLagMs: number;
  /** Age of the snapshot. */
  readonly heldForMs: number;
}

export function completeSnapshot(snapshot: Snapshot, view: ObserverView): Snapshot {
  const { heldForMs, system, mainLagMs } = view;
  const known = new Set(snapshot.blocks.map(({ block }) => block));
  // A block in a thread is told by its watch and by its pool; the watch, which comes first, is newer.
  const ongoing = view.ongoing.filter(({ block }) => !known.has(block) && known.add(block));
  const ofSession = new Map<string, BlockRow[]>();
  const ofTenant = new Map<string, BlockRow[]>();
  for (const block of ongoing) {
    if (block.session !== null) push(ofSession, block.session, block);
    if (block.tenant !== null) push(ofTenant, block.tenant, block);
  }
  return {
    ...snapshot,
    runtime: { ...snapshot.runtime, uptimeMs: snapshot.runtime.uptimeMs + heldForMs },
    observer: { ...snapshot.observer, heldForMs },
    system,
    blocks: [...ongoing, ...snapshot.blocks],
    isolates: snapshot.isolates.map((row) =>
      row.rung === 'coroutine' ? { ...row, loopLagMs: mainLagMs } : row,
    ),
    sessions: [...snapshot.sessions, ...missing(snapshot, ongoing)].map((row) =>
      withBlocks(aged(row, heldForMs), ofSession.get(row.session)),
    ),
    tenants: snapshot.tenants.map((row) => withBlocks(row, ofTenant.get(row.tenant))),
  };
}

/** Sessions that block and were opened after the snapshot was made. */
function missing(snapshot: Snapshot, ongoing: readonly BlockRow[]): SessionRow[] {
  const known = new Set(snapshot.sessions.map(({ session }) => session));
  const rungs = new Map(snapshot.isolates.map(({ isolate, rung }) => [isolate, rung]));
  const rows: SessionRow[] = [];
  for (const { session, tenant, agent, isolate } of ongoing) {
    if (session === null || tenant === null || agent === null || known.has(session)) continue;
    known.add(session);
    rows.push({
      session,
      tenant,
      agent,
      isolate,
      rung: rungs.get(isolate) ?? 'coroutine',
      state: 'active',
      status: 'slow',
      durationMs: 0,
      idleMs: 0,
      messagesIn: 0,
      messagesOut: 0,
      queuedIn: 0,
      queuedOut: 0,
      cpu: null,
      blocked: NO_BLOCKS,
      memory: null,
      allocation: null,
    });
  }
  return rows;
}

function aged(row: SessionRow, heldForMs: number): SessionRow {
  if (heldForMs === 0) return row;
  return { ...row, durationMs: row.durationMs + heldForMs, idleMs: row.idleMs + heldForMs };
}

function withBlocks<Row extends SessionRow | TenantRow>(
  row: Row,
  blocks: readonly BlockRow[] | undefined,
): Row {
  if (blocks === undefined) return row;
  let { blocked, cpu } = row;
  for (const block of blocks) {
    blocked = addedTo(blocked, block);
    cpu = cpu === null ? null : burning(cpu, block.durationMs);
  }
  return { ...row, blocked, cpu, ...('status' in row ? { status: 'slow' as const } : {}) };
}

function addedTo(blocked: BlockedFigure, { durationMs, place }: BlockRow): BlockedFigure {
  const bucket = bucketOf(durationMs);
  return {
    count: blocked.count + 1,
    totalMs: blocked.totalMs + durationMs,
    longestMs: Math.max(blocked.longestMs, durationMs),
    lastPlace: place,
    lastAgoMs: 0,
    minute: blocked.minute.map((count, at) => (at === bucket ? count + 1 : count)),
  };
}

/** While a turn lasts, its session has the core to itself. */
function burning(cpu: CpuFigure, durationMs: number): CpuFigure {
  const share = Math.min(1, durationMs / 1_000);
  return {
    ...cpu,
    nowRatio: Math.max(cpu.nowRatio, share),
    totalMs: cpu.totalMs + durationMs,
  };
}

/** Which bucket of the histogram a block of this length is counted in. */
export function bucketOf(durationMs: number): number {
  const at = BLOCK_BUCKETS_MS.findIndex((upToMs) => durationMs <= upToMs);
  return at === -1 ? BLOCK_BUCKETS_MS.length : at;
}

function push(into: Map<string, BlockRow[]>, key: string, block: BlockRow): void {
  const there = into.get(key);
  if (there === undefined) into.set(key, [block]);
  else there.push(block);
}

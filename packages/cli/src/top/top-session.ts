/**
 * The sessions that the screen shows: those that run, and for five seconds those that have failed.
 * Their order and choice are left to `sort.ts` and `filter.ts`.
 */
import type { EndRow, MemoryFigure, SessionRow, Snapshot } from '@tenantry/core/snapshot';

export interface TopSession {
  readonly session: string;
  readonly agent: string;
  readonly tenant: string;
  readonly isolate: string | null;
  readonly rung: SessionRow['rung'];
  readonly durationMs: number;
  readonly cpuRatio: number | null;
  readonly memory: MemoryFigure | null;
  readonly blockedMs: number | null;
  /** Since its last block; 0 while one lasts. */
  readonly blockedAgoMs: number | null;
  readonly status: SessionRow['status'];
}

/** How long a failed session stays in the table. */
const ERRORED_MS = 5_000;

export const isJustFailed = ({ status, agoMs }: EndRow): boolean =>
  status === 'failed' && agoMs <= ERRORED_MS;

export function topSessions({ sessions, recentEnds }: Snapshot): TopSession[] {
  return [...sessions.map(running), ...recentEnds.filter(isJustFailed).map(failed)];
}

function running(row: SessionRow): TopSession {
  const { session, agent, tenant, isolate, rung, durationMs, status } = row;
  return {
    session,
    agent,
    tenant,
    isolate,
    rung,
    durationMs,
    status,
    cpuRatio: row.cpu?.nowRatio ?? null,
    memory: row.memory,
    blockedMs: row.blocked.totalMs,
    blockedAgoMs: row.blocked.lastAgoMs,
  };
}

function failed({ session, agent, tenant, rung, durationMs, blockedMs }: EndRow): TopSession {
  return {
    session,
    agent,
    tenant,
    rung,
    durationMs,
    blockedMs,
    isolate: null,
    cpuRatio: null,
    memory: null,
    blockedAgoMs: null,
    status: 'errored',
  };
}

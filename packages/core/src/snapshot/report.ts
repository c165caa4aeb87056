/**
 * What one place that runs sessions says of itself: the shared loop, a thread or a child. Reports are
 * what travels; `merge.ts` makes the snapshot of them.
 */
import type { EndReason } from '../vocabulary/end-reason.js';
import type { IsolateScope, Rung } from '../vocabulary/rung.js';
import type { BlockedFigure, CodePlace } from './figures.js';

/** The life of an isolate, as tables show it. */
export const ISOLATE_STATES = [
  'starting',
  'ready',
  'draining',
  'stopping',
  'stuck',
  'backoff',
  'quarantined',
  'stopped',
] as const;
export type IsolateState = (typeof ISOLATE_STATES)[number];

/** Why an isolate ended; each has its own cause and its own remedy. */
export const ISOLATE_END_REASONS = [
  'stopped',
  'idle',
  'recycled',
  'exit',
  'signal',
  'uncaught',
  'oom-heap',
  'memory-limit',
  'cpu-limit',
  'unresponsive',
  'start-timeout',
  'start-failed',
  'channel-closed',
] as const;
export type IsolateEndReason = (typeof ISOLATE_END_REASONS)[number];

export interface IsolateEnd {
  readonly reason: IsolateEndReason;
  /** What is known beyond the reason: exit code, signal name, error message, limit. */
  readonly detail: string;
  /** The session whose code caused it, where that is known. */
  readonly offender?: string;
}

/** Figures of one place, as measured there. Null means: not measurable there. */
export interface PlaceFigures {
  /** Resident memory of the whole process; null for a thread, which shares its process's. */
  readonly rssBytes: number | null;
  /** A child's proportional share of memory; null elsewhere. */
  readonly pssBytes: number | null;
  readonly heapUsedBytes: number | null;
  /** Memory outside the heap that belongs to it: Buffers, array buffers. */
  readonly externalBytes: number | null;
  /** Share of time the loop was active since the last report, 0 to 1. */
  readonly eluRatio: number | null;
  /** CPU time used since the start, user and system, in milliseconds. Never goes back. */
  readonly cpuMs: number | null;
  /** Share of one core over the last second and the last minute; null without introspection. */
  readonly cpuNowRatio: number | null;
  readonly cpuMinuteRatio: number | null;
  /** Latest that its loop was in the last second, in ms. */
  readonly loopLagMs: number | null;
}

/** What the turns of one owner have cost on one loop. */
export interface Usage {
  readonly nowRatio: number;
  readonly minuteRatio: number;
  /** Never goes back. */
  readonly totalMs: number;
  readonly allocatedBytesPerS: number;
}

/** Stands for all tenants that are not named; no id is spelt like it. */
export const REST_OF_TENANTS = '';

/** What a whole loop says of its turns. */
export interface LoopUsage {
  /** By tenant, sessions that have ended included. */
  readonly tenants: Readonly<Record<string, Usage>>;
  /** Turns of no session. */
  readonly hostMs: number;
}

/** One running session as the loop that runs it sees it. */
export interface SessionReport {
  readonly session: string;
  readonly messagesConsumed: number;
  readonly messagesSent: number;
  /** Null without introspection. */
  readonly usage: Usage | null;
}

/** One place's report. */
export interface PlaceReport {
  readonly figures: PlaceFigures;
  readonly sessions: readonly SessionReport[];
  /** Sessions ended for their clients whose agent code still runs. */
  readonly ghosts: number;
  /** Null without introspection. */
  readonly usage: LoopUsage | null;
  /** Errors that reached nobody. Never goes back. */
  readonly strayErrors: number;
}

/** One isolate in the coordinator's keeping: its last good report and how old that is. */
export interface IsolateRecord {
  readonly isolate: string;
  readonly tenant: string | null;
  readonly rung: Rung;
  readonly scope: IsolateScope | null;
  readonly pid: number | null;
  readonly threadId: number | null;
  readonly state: IsolateState;
  /** Age of `report`; null when there never was one. */
  readonly reportAgeMs: number | null;
  readonly report: PlaceReport | null;
  readonly memoryLimitMb: number | null;
  readonly restarts: number;
  readonly lastEnd: (IsolateEnd & { readonly agoMs: number }) | null;
}

/** What isolates that are gone had used by their last report: kept so that totals never go back. */
export interface RetiredFigures {
  readonly isolates: number;
  readonly cpuMs: number;
  /** Of their tenants' turns. */
  readonly tenantCpuMs: Readonly<Record<string, number>>;
}

/** One live session as the pool's books have it. */
export interface SessionEntry {
  readonly session: string;
  readonly tenant: string;
  readonly agent: string;
  readonly rung: Rung;
  readonly isolate: string;
  readonly state: SessionStateName;
  readonly durationMs: number;
  readonly idleMs: number;
  readonly messagesIn: number;
  readonly messagesOut: number;
  readonly queuedIn: number;
  readonly queuedOut: number;
  readonly blocked: BlockedFigure;
  /** Highest share of memory seen so far; null before the first look. */
  readonly memoryPeakBytes: number | null;
}

export const SESSION_STATES = ['starting', 'active', 'draining', 'ended'] as const;
export type SessionStateName = (typeof SESSION_STATES)[number];

/** What a table shows of a session: `errored` only of one that has just failed. */
export const SESSION_STATUSES = ['active', 'slow', 'draining', 'errored', 'idle'] as const;
export type SessionStatus = (typeof SESSION_STATUSES)[number];

export const BREAKER_STATES = ['closed', 'open', 'half-open'] as const;
export type BreakerState = (typeof BREAKER_STATES)[number];

/** One tenant's circuit breaker as it is now. */
export interface BreakerFigure {
  readonly state: BreakerState;
  /** False: it refuses nobody. */
  readonly enforced: boolean;
  /** How often it has opened, failed probes included. */
  readonly trips: number;
  /** In its window while closed; what it opened for otherwise. */
  readonly failures: number;
  readonly samples: number;
  /** How long it is open when it opens next, or is now. */
  readonly cooldownMs: number;
  /** While open: until a session may probe. */
  readonly nextProbeInMs: number | null;
}

/** One tenant's place on the ladder as it is now. */
export interface LadderFigure {
  readonly state: 'free' | 'confined' | 'probation' | 'pinned';
  readonly rung: Rung;
  readonly floor: Rung;
  readonly ceiling: Rung;
  readonly pin: Rung | null;
  /** False where it is only told what would be done. */
  readonly enforced: boolean;
  readonly score: number;
  readonly threshold: number;
  readonly relapses: number;
  /** How long it has been in this state. */
  readonly sinceMs: number;
  readonly leftMs: number | null;
  readonly lastOffence: {
    readonly kind: string;
    readonly agoMs: number;
    readonly place: CodePlace | null;
  } | null;
}

/** What the pool as a whole says of its confined tenants. */
export interface ConfinementFigure {
  readonly systemic: { readonly tenants: readonly string[]; readonly sinceMs: number } | null;
  /** Tenants above their floor, and all that are known. */
  readonly ejected: number;
  readonly known: number;
  /** False while the audit trail cannot be written. */
  readonly auditOk: boolean;
  /** How many times since the start a new audit file began in the place of one that was gone or damaged. */
  readonly auditRestarts: number;
  /** False while what a restart should find of tenants cannot be kept. */
  readonly keepingOk: boolean;
}

/** One tenant's books. */
export interface TenantEntry {
  readonly tenant: string;
  readonly rung: Rung;
  readonly active: number;
  readonly maxSessions: number | null;
  readonly started: number;
  readonly failures: number;
  readonly ends: Readonly<Partial<Record<EndReason, number>>>;
  readonly refusals: Readonly<Record<string, number>>;
  readonly messagesIn: number;
  readonly messagesOut: number;
  readonly strayErrors: number;
  readonly quarantinedForMs: number | null;
  /** Null for a pool without breakers. */
  readonly breaker: BreakerFigure | null;
  /** Null for a row that is no tenant. */
  readonly ladder?: LadderFigure | null;
  /** Opens that wait for the full pool, and the longest wait among them. */
  readonly queued?: { readonly waiting: number; readonly oldestMs: number };
  readonly blocked: BlockedFigure;
}

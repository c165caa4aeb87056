/**
 * What the metrics of a pool are made of: a snapshot without rows of sessions, with a bounded number
 * of tenants. Plain data, so that the text can be made on another thread.
 */
import type { BreakerState } from '../snapshot/report.js';
import type { IsolateRow, Snapshot } from '../snapshot/snapshot.js';
import type { Rung } from '../vocabulary/rung.js';
import type { HealthFacts } from './health.js';
import type { MetricFamily } from './metric-family.js';
import type { CountFigures } from './pool-counts.js';
import type { Counters } from './tenant-counters.js';

/** One tenant with series of its own, or all others together. */
export interface TenantFigures {
  readonly tenant: string;
  readonly active: number;
  /** Null without a cap of its own, and for many. */
  readonly maxSessions: number | null;
  readonly queuedIn: number;
  readonly queuedOut: number;
  /** Opens that wait for the full pool. */
  readonly waiting: number;
  /** Null where nothing is measured. */
  readonly memoryBytes: number | null;
  /** The next three are null for many. */
  readonly rung: Rung | null;
  readonly breaker: BreakerState | null;
  /** Of the score at which a tenant is moved. */
  readonly offenceRatio: number | null;
  readonly counters: Counters;
}

export interface MetricsSummary extends Pick<
  Snapshot,
  'runtime' | 'coverage' | 'observer' | 'confinement' | 'jobs' | 'unattributed'
> {
  readonly takenAtMs: number;
  readonly health: HealthFacts;
  readonly totals: Pick<
    Snapshot['totals'],
    'activeSessions' | 'maxConcurrentSessions' | 'ghosts' | 'rssBytes' | 'cpuMs' | 'isolatesEnded'
  > & { readonly tenantCount: number; readonly waiting: number; readonly oldestWaitMs: number };
  /** Of the whole pool, exact whoever is shown. */
  readonly counters: Counters;
  readonly sessionsByRung: ReadonlyMap<string, number>;
  readonly sessionsByAgent: ReadonlyMap<string, number>;
  readonly tenants: readonly TenantFigures[];
  readonly isolates: readonly IsolateRow[];
  readonly counts: CountFigures;
  /** Handed in by others. */
  readonly extra: readonly MetricFamily[];
  /** How many isolates have series of their own. */
  readonly topIsolates: number;
}

/** What only whoever holds a summary knows. */
export interface SummaryView {
  /** Age of the summary. */
  readonly heldForMs: number;
  /** How long the main loop has stood still, or the latest it was in the last second; null: unknown. */
  readonly mainLagMs: number | null;
  /** For how long it stands still now. */
  readonly loopHeldMs: number;
}

/** When a report is too old to be taken for the present. */
import type { IsolateRecord } from './report.js';

export interface StalenessRule {
  /** A report older than this is marked stale. */
  readonly staleAfterMs: number;
}

export type Freshness = 'fresh' | 'stale' | 'lost';

/** An isolate that runs no more, or was never heard of, is lost; its last figures stay readable. */
export function freshnessOf(
  record: Pick<IsolateRecord, 'state' | 'reportAgeMs'>,
  rule: StalenessRule,
): Freshness {
  const { state, reportAgeMs } = record;
  if (state === 'stopped' || state === 'backoff' || state === 'quarantined') return 'lost';
  if (reportAgeMs === null) return state === 'starting' ? 'stale' : 'lost';
  return reportAgeMs > rule.staleAfterMs ? 'stale' : 'fresh';
}

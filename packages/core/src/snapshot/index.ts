/** The snapshot contract alone: for programs that read snapshots and run no pool. */
export {
  SNAPSHOT_VERSION,
  Snapshot,
  parseSnapshot,
  type IsolateRow,
  type SessionRow,
  type TenantRow,
} from './snapshot.js';
export {
  BLOCK_BUCKETS_MS,
  NO_BLOCKS,
  type BlockRow,
  type BlockedFigure,
  type CodePlace,
  type CpuFigure,
  type EndRow,
  type MemoryFigure,
  type SystemFigures,
} from './figures.js';
export type { JobFigures } from './job-figures.js';
export { SESSION_STATUSES, type SessionStatus } from './report.js';
export { mergeSnapshot, type MergeInput } from './merge.js';

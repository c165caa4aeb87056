/** The snapshot contract alone: for programs that read snapshots and run no pool. */
export {
  SNAPSHOT_VERSION,
  Snapshot,
  parseSnapshot,
  type IsolateRow,
  type SessionRow,
  type TenantRow,
} from './snapshot.js';
export { mergeSnapshot, type MergeInput } from './merge.js';

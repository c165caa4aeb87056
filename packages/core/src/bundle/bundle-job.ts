/** What a bundle is made of before it is packed: gathered by the observer, packed by a thread of its own. */
import type { Snapshot } from '../snapshot/snapshot.js';
import type { IncidentTrigger, LeftOut } from './bundle-parts.js';
import type { Retention } from './keep-bundle.js';

/** What holds for every bundle of a pool. */
export interface BundleHome {
  /** The pool's name. */
  readonly pool: string;
  readonly tenantry: string;
  readonly deployment: string | null;
  /** Where bundles are kept. */
  readonly folder: string;
  /** Of the pool's state directory. */
  readonly auditFile: string;
  readonly budgetBytes: number;
  readonly retention: Retention;
  /** The main thread's: a thread has its own. */
  readonly execArgv: readonly string[];
  /** The pool's options as they were when it began, without what is secret by its place. */
  readonly settings: unknown;
}

/** What only the main loop can say. */
export interface MainFacts {
  /** What is held against the tenant, with its evidence; null for the pool as a whole. */
  readonly ledger: unknown;
  /** Heap and garbage collection of the main thread. */
  readonly heap: unknown;
  /** Every setting as requested and as applied. */
  readonly settings: unknown;
  /** The session's input and messages as JSON, masked; null where nothing is recorded. */
  readonly recording: string | null;
}

export interface BundleJob {
  readonly home: BundleHome;
  readonly trigger: IncidentTrigger;
  readonly snapshot: Snapshot;
  /** Null: the main loop did not answer. */
  readonly main: MainFacts | null;
  readonly profile: unknown;
  /** JSON of each record, oldest first; of the tenant and of the pool. */
  readonly events: readonly string[];
  readonly forgottenEvents: number;
  readonly lostEvents: number;
  readonly suppressed: number;
  readonly leftOut: readonly LeftOut[];
  readonly snapshotAgeMs: number;
}

/** Of a bundle that has been written. */
export interface WrittenBundle {
  readonly file: string;
  readonly createdAtMs: number;
  readonly sizeBytes: number;
  readonly leftOut: readonly LeftOut[];
}

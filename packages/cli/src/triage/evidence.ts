/** PORT: what a triage is made of, and what it comes to. */
import type { SettingRow } from '@tenantry/core';
import type { Snapshot } from '@tenantry/core/snapshot';
import type { Finding } from '../doctor/finding.js';
import type { Category, Step } from './step.js';

export interface Evidence {
  /** The pool's, where it was named: the commands to type next name it too. Null where none was. */
  readonly socket: string | null;
  readonly snapshot: Snapshot;
  /** Whether it takes sessions now; null where that could not be learned. */
  readonly standing: { readonly ready: boolean; readonly reasons: readonly string[] } | null;
  /** Requests to its gateway by outcome; null of a pool without one. */
  readonly requests: Readonly<Record<string, number>> | null;
  /** Null where the pool could not tell. */
  readonly settings: readonly SettingRow[] | null;
  readonly findings: readonly Finding[];
  /** Null without a state directory, where none can be kept. */
  readonly stateDir: string | null;
  /** Files of the bundles that have a recorded session in them. */
  readonly replayable: ReadonlySet<string>;
}

export interface Triage {
  readonly category: Category;
  readonly suspect: string | null;
  readonly steps: readonly Step[];
  /** Of the first step that needs one, the worst first. */
  readonly next: string | null;
}

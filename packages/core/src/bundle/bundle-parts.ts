/**
 * What a bundle is made of: the names of its files, which are fixed and never made of anybody's data,
 * and what is given up first where it would be too large. Part of the versioned format.
 */

import type { TriggerKind } from '../vocabulary/incident.js';

export const BUNDLE_FORMAT = 'tenantry-incident';
export const BUNDLE_VERSION = 1;
export const MANIFEST = 'manifest.json';

/** In the order in which they stand in a bundle; of the later ones there is more to lose. */
export const BUNDLE_PARTS = [
  'snapshot.json',
  'settings.json',
  'blocks.json',
  'ledger.json',
  'heap.json',
  'environment.json',
  'audit.jsonl',
  'recorder.jsonl',
  'logs.jsonl',
  'session.json',
  'profile.cpuprofile',
] as const;
export type BundlePart = (typeof BUNDLE_PARTS)[number];

/** What happened, as far as it is known when the bundle is begun; null where it is not. */
export interface IncidentTrigger {
  readonly kind: TriggerKind;
  /** Null: the pool as a whole. */
  readonly tenant: string | null;
  readonly session: string | null;
  readonly agent: string | null;
  readonly isolate: string | null;
  /** Wall clock, ms since 1970. */
  readonly atMs: number;
  /** In one sentence. */
  readonly detail: string;
  /** Where in the code. */
  readonly place: {
    readonly function: string;
    readonly file: string;
    readonly line: number;
  } | null;
}

/** A part that is not there, or not whole, and why. */
export interface LeftOut {
  readonly name: BundlePart;
  readonly why: string;
}

export function isBundlePart(name: string): name is BundlePart {
  return (BUNDLE_PARTS as readonly string[]).includes(name);
}

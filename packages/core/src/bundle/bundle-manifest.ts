/**
 * The manifest of a bundle: the contract between a pool and whatever reads its bundles. A reader
 * refuses another version; a new optional field does not change it.
 */
import { z } from 'zod';
import { CodePlace } from '../snapshot/figures.js';
import { TRIGGERS } from '../vocabulary/incident.js';
import { BUNDLE_FORMAT, BUNDLE_PARTS, BUNDLE_VERSION } from './bundle-parts.js';

const figure = z.number().min(0);
const name = z.string().max(256);

export const BundleManifest = z.object({
  format: z.literal(BUNDLE_FORMAT),
  formatVersion: z.literal(BUNDLE_VERSION),
  /** ISO 8601, when it was packed. */
  createdAt: z.string().max(64),
  /** The pool's name. */
  pool: name,
  trigger: z.object({
    kind: z.enum(TRIGGERS),
    tenant: name.nullable(),
    session: name.nullable(),
    agent: name.nullable(),
    isolate: name.nullable(),
    atMs: figure,
    detail: z.string().max(4_096),
    place: CodePlace.nullable(),
  }),
  versions: z.object({
    node: name,
    tenantry: name,
    deployment: name.nullable(),
  }),
  host: z.object({
    name,
    pid: z.int().min(0),
    platform: name,
    arch: name,
    coreCount: z.int().min(0),
    memoryTotalBytes: figure,
  }),
  capture: z.object({
    /** From the trigger to the packing. */
    tookMs: figure,
    /** Whether the main loop answered meanwhile. */
    mainLoopAnswered: z.boolean(),
    /** How old the snapshot was; 0 where it was made for the bundle. */
    snapshotAgeMs: figure,
    /** Triggers that made no bundle since the last one that did, because they came too fast. */
    suppressed: z.int().min(0),
    /** Of the tenant's events, those that had to make room before. */
    forgottenEvents: z.int().min(0),
    /** Events that were lost on their way to the recorder since the pool began. */
    lostEvents: z.int().min(0),
  }),
  /** Every other file of the bundle, in its order. */
  files: z
    .array(
      z.object({
        name: z.enum(BUNDLE_PARTS),
        sizeBytes: z.int().min(0),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    )
    .max(BUNDLE_PARTS.length),
  leftOut: z.array(z.object({ name: z.enum(BUNDLE_PARTS), why: z.string().max(4_096) })).max(64),
});
export type BundleManifest = Readonly<z.output<typeof BundleManifest>>;

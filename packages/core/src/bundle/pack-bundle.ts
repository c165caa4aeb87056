/**
 * Packs parts into one archive that keeps a size: each is masked by whoever made it, hashed and
 * compressed by itself, and the least telling ones are left out until the rest fits. The manifest,
 * which says so, comes first. Where the archive is written is left to `keep-bundle.ts`.
 */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import {
  BUNDLE_FORMAT,
  BUNDLE_PARTS,
  BUNDLE_VERSION,
  MANIFEST,
  type BundlePart,
  type LeftOut,
} from './bundle-parts.js';
import type { BundleManifest } from './bundle-manifest.js';
import { TAR_END, tarEntry } from './tar.js';

/** What the manifest says beside files and what is missing. */
export type BundleFacts = Omit<
  BundleManifest,
  'format' | 'formatVersion' | 'createdAt' | 'files' | 'leftOut'
>;

export interface PackedBundle {
  readonly bytes: Buffer;
  readonly manifest: BundleManifest;
}

/** What is given up first: the largest, and what is said elsewhere too. A bundle without its snapshot is none. */
const GIVEN_UP: readonly BundlePart[] = [
  'profile.cpuprofile',
  'session.json',
  'logs.jsonl',
  'audit.jsonl',
  'recorder.jsonl',
  'settings.json',
  'snapshot.json',
  'ledger.json',
  'heap.json',
  'environment.json',
  'blocks.json',
];
/** The manifest, compressed, and the archive's end. */
const RESERVED_BYTES = 8_192;
/** Everything above that costs more time than it saves room. */
const LEVEL = 6;

export function packBundle(
  facts: BundleFacts,
  parts: ReadonlyMap<BundlePart, string>,
  leftOut: readonly LeftOut[],
  { budgetBytes, epochMs }: { readonly budgetBytes: number; readonly epochMs: number },
): PackedBundle {
  const packed = new Map(
    BUNDLE_PARTS.flatMap((name) => {
      const text = parts.get(name);
      return text === undefined ? [] : [[name, packPart(name, text, epochMs)] as const];
    }),
  );
  const missing = [...leftOut];
  let sizeBytes = RESERVED_BYTES;
  for (const { gzip } of packed.values()) sizeBytes += gzip.length;
  for (const name of GIVEN_UP) {
    const part = packed.get(name);
    if (part === undefined || sizeBytes <= budgetBytes) continue;
    sizeBytes -= part.gzip.length;
    packed.delete(name);
    const why = `it would take ${part.gzip.length} bytes, and the bundle may have ${budgetBytes}`;
    missing.push({ name, why });
  }
  const manifest: BundleManifest = {
    format: BUNDLE_FORMAT,
    formatVersion: BUNDLE_VERSION,
    createdAt: new Date(epochMs).toISOString(),
    ...facts,
    files: [...packed].map(([name, { sizeBytes: size, sha256 }]) => ({
      name,
      sizeBytes: size,
      sha256,
    })),
    leftOut: missing,
  };
  const first = Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`);
  // Each file is a gzip stream of its own: one after the other they are one again.
  const bytes = Buffer.concat([
    gzipSync(tarEntry({ name: MANIFEST, bytes: first }, epochMs), { level: LEVEL }),
    ...[...packed.values()].map(({ gzip }) => gzip),
    gzipSync(TAR_END, { level: LEVEL }),
  ]);
  return { bytes, manifest };
}

function packPart(
  name: BundlePart,
  text: string,
  epochMs: number,
): { readonly gzip: Buffer; readonly sizeBytes: number; readonly sha256: string } {
  const bytes = Buffer.from(text);
  return {
    gzip: gzipSync(tarEntry({ name, bytes }, epochMs), { level: LEVEL }),
    sizeBytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
}

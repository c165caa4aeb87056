/** An incident bundle out of its file, checked and read for the views. How it is checked is core's. */
import type { BundleManifest, BundlePart } from '@tenantry/core/internal';
import { readBundle } from '@tenantry/core/internal/host';
import type { BlockRow } from '@tenantry/core/snapshot';
import { readingFile } from './audit-trail.js';

/** Each is read as a whole. */
const MOST_READ = 5;

export interface OpenedBundle {
  readonly file: string;
  readonly sizeBytes: number;
  readonly manifest: BundleManifest;
  /** Of the black box, oldest first. */
  readonly events: readonly Readonly<Record<string, unknown>>[];
  readonly blocks: readonly BlockRow[];
  readonly parts: ReadonlyMap<BundlePart, Buffer>;
}

/** @throws TENANTRY_BUNDLE_*, TENANTRY_FILE_UNREADABLE */
export async function openBundle(file: string): Promise<OpenedBundle> {
  const { manifest, parts, sizeBytes } = await readingFile(file, () => readBundle(file));
  const lines = parts.get('recorder.jsonl')?.toString().split('\n') ?? [];
  const { blocks } = (objectOf(parts.get('blocks.json')?.toString()) ?? {}) as {
    blocks?: unknown;
  };
  return {
    file,
    sizeBytes,
    manifest,
    parts,
    events: lines.map(objectOf).filter((event) => event !== null),
    blocks: Array.isArray(blocks) ? blocks.filter(isBlock) : [],
  };
}

/** Those with a recorded session in them; one that cannot be read has none. */
export async function recordedIn(files: readonly string[]): Promise<ReadonlySet<string>> {
  const recorded = new Set<string>();
  for (const file of files.slice(0, MOST_READ)) {
    const opened = await openBundle(file).catch(() => undefined);
    if (opened?.parts.has('session.json') === true) recorded.add(file);
  }
  return recorded;
}

function objectOf(text: string | undefined): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' ? (value as Record<string, unknown> | null) : null;
  } catch {
    return null;
  }
}

/** As far as a line of it is made of. */
function isBlock(value: unknown): value is BlockRow {
  if (typeof value !== 'object' || value === null) return false;
  const { cause, place, durationMs, startedAtMs } = value as Partial<BlockRow>;
  const isPlace =
    place === null || (typeof place === 'object' && typeof place.function === 'string');
  return (
    typeof cause === 'string' &&
    isPlace &&
    typeof durationMs === 'number' &&
    typeof startedAtMs === 'number'
  );
}

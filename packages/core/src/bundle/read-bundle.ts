/**
 * Reads a bundle that anybody may have made or damaged: bounded in size, nothing in it by a name that
 * is not the format's, every file as the manifest says. Nothing is written anywhere.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { z } from 'zod';
import { TenantryError, codeOf } from '../errors/errors.js';
import { BundleManifest } from './bundle-manifest.js';
import {
  BUNDLE_FORMAT,
  BUNDLE_PARTS,
  BUNDLE_VERSION,
  MANIFEST,
  isBundlePart,
  type BundlePart,
} from './bundle-parts.js';
import { TarProblem, readTar, type TarFile } from './tar.js';

/** Of the file: far above what any budget lets a pool write. */
const MOST_FILE_BYTES = 268_435_456;
/** Of what it becomes: a few KiB of zeros can stand for any number of them. */
const MOST_UNPACKED_BYTES = 536_870_912;

export interface ReadBundle {
  readonly manifest: BundleManifest;
  readonly parts: ReadonlyMap<BundlePart, Buffer>;
  /** Of the file. */
  readonly sizeBytes: number;
}

/** Bounds of what is read; smaller ones are for tests. */
export interface ReadBounds {
  readonly fileBytes: number;
  readonly unpackedBytes: number;
}

const unzip = promisify(gunzip);

/**
 * @throws TENANTRY_BUNDLE_INVALID when it is cut off, damaged or something else
 * @throws TENANTRY_BUNDLE_TOO_LARGE when the file or what it unpacks to is above its bound
 * @throws TENANTRY_BUNDLE_VERSION when it is of a format that this program does not read
 * @throws the system's error when the file cannot be read
 */
export async function readBundle(
  file: string,
  bounds: ReadBounds = { fileBytes: MOST_FILE_BYTES, unpackedBytes: MOST_UNPACKED_BYTES },
): Promise<ReadBundle> {
  const bytes = await readWithin(file, bounds.fileBytes);
  const archive = await unpack(file, bytes, bounds.unpackedBytes);
  const [first, ...others] = filesOf(file, archive);
  if (first?.name !== MANIFEST) throw invalid(file, `it does not begin with ${MANIFEST}`);
  const manifest = manifestOf(file, first.bytes);
  return { manifest, parts: checked(file, manifest, others), sizeBytes: bytes.length };
}

async function readWithin(file: string, mostBytes: number): Promise<Buffer> {
  // A pipe or a device would hold the open, or never end.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw invalid(file, 'it is no regular file');
    if (stats.size > mostBytes) throw tooLarge(file, `it has ${stats.size} bytes`, mostBytes);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

async function unpack(file: string, bytes: Buffer, mostBytes: number): Promise<Buffer> {
  try {
    return await unzip(bytes, { maxOutputLength: mostBytes });
  } catch (cause) {
    if (codeOf(cause) === 'ERR_BUFFER_TOO_LARGE')
      throw tooLarge(file, 'it unpacks to more', mostBytes);
    const isCut = codeOf(cause) === 'Z_BUF_ERROR';
    throw invalid(file, isCut ? 'it is cut off' : 'it is not compressed as a bundle is', cause);
  }
}

function filesOf(file: string, archive: Buffer): TarFile[] {
  try {
    return readTar(archive, BUNDLE_PARTS.length + 1);
  } catch (cause) {
    if (cause instanceof TarProblem) throw invalid(file, cause.message, cause);
    throw cause;
  }
}

function manifestOf(file: string, bytes: Buffer): BundleManifest {
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw invalid(file, 'its manifest is no JSON', cause);
  }
  const { format, formatVersion } = (json ?? {}) as Record<string, unknown>;
  if (format === BUNDLE_FORMAT && formatVersion !== BUNDLE_VERSION) {
    throw new TenantryError(
      'TENANTRY_BUNDLE_VERSION',
      `${file}: a bundle of version ${String(formatVersion).slice(0, 16)}: this program reads ` +
        `version ${BUNDLE_VERSION}`,
      { details: { reads: BUNDLE_VERSION } },
    );
  }
  const parsed = BundleManifest.safeParse(json);
  if (parsed.success) return parsed.data;
  throw invalid(file, `its manifest is none: ${z.prettifyError(parsed.error)}`);
}

/** Exactly the files that the manifest names, each as it was packed. */
function checked(
  file: string,
  { files }: BundleManifest,
  found: readonly TarFile[],
): ReadonlyMap<BundlePart, Buffer> {
  const parts = new Map<BundlePart, Buffer>();
  for (const [at, { name, bytes }] of found.entries()) {
    // What stands there may be anything; it is not repeated.
    if (!isBundlePart(name)) throw invalid(file, 'it holds a file that is no part of a bundle');
    const told = files[at];
    if (told?.name !== name) throw invalid(file, `${name} is not where the manifest has it`);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    if (told.sizeBytes !== bytes.length || told.sha256 !== sha256) {
      throw invalid(file, `${name} is not what was packed: its hash is another`);
    }
    parts.set(name, bytes);
  }
  if (found.length < files.length) throw invalid(file, 'files that the manifest names are missing');
  return parts;
}

function invalid(file: string, why: string, cause?: unknown): TenantryError {
  return new TenantryError('TENANTRY_BUNDLE_INVALID', `${file}: no whole bundle: ${why}`, {
    details: { why },
    cause,
  });
}

function tooLarge(file: string, what: string, limit: number): TenantryError {
  return new TenantryError(
    'TENANTRY_BUNDLE_TOO_LARGE',
    `${file}: ${what}, and a bundle has at most ${limit}`,
    { details: { limit } },
  );
}

/**
 * `keys.json` in the state directory: read whole or refused, written whole or not at all. Who may
 * change it at the same time is left to `key-changes.ts`.
 */
import { constants, type BigIntStats } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { TenantryError, codeOf } from '@tenantry/core';
import { nodeStateDisk, stateFailed, writeWhole } from '@tenantry/core/internal/host';
import { KeyFile, type KeyRecord } from './key-record.js';

const FILE_NAME = 'keys.json';
const MOST_BYTES = 16_777_216n;
const WRITABLE_BY_OTHERS = 0o022n;
const ROOT_UID = 0n;
/** Enough to find what is wrong; a file may be wrong in every record. */
const MOST_FAULTS = 5;

export const keyFileIn = (stateDir: string): string => path.join(stateDir, FILE_NAME);

export interface ReadKeys {
  readonly records: readonly KeyRecord[];
  /** Differs after every change of the file. */
  readonly stamp: string;
}

/** A file is replaced by another, or edited in its place: either changes one of these. */
export function stampOf({ ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [ino, size, mtimeNs, ctimeNs].join('/');
}

/**
 * Undefined where there is no such file.
 * @throws TENANTRY_STATE_DIR_UNSAFE when somebody else could have written it
 * @throws TENANTRY_STATE_DAMAGED when it is no file of keys
 * @throws TENANTRY_STATE_FAILED when it cannot be read
 */
export async function readKeys(file: string): Promise<ReadKeys | undefined> {
  try {
    // Without O_NONBLOCK a pipe in its place would hold the open.
    const handle = await open(
      file,
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    );
    try {
      // Before the reading: what changes meanwhile has another stamp, and is read again.
      const stats = await handle.stat({ bigint: true });
      guard(file, stats);
      return { records: parsed(file, await handle.readFile('utf8')), stamp: stampOf(stats) };
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined;
    if (codeOf(cause) === 'ELOOP') throw unsafe(file, 'it is a symbolic link');
    throw stateFailed(file, 'it cannot be read', cause);
  }
}

/**
 * Resolves when the new file survives a loss of power.
 * @throws TENANTRY_STATE_FAILED when the disk refuses: the old one stays
 */
export async function writeKeys(folder: string, records: readonly KeyRecord[]): Promise<void> {
  const file = keyFileIn(folder);
  const draft = `${file}.new`;
  const text = `${JSON.stringify({ schemaVersion: 1, keys: records }, undefined, 2)}\n`;
  try {
    const written = await writeWhole(nodeStateDisk, draft, Buffer.from(text));
    await written.close();
    await nodeStateDisk.rename(draft, file);
    await nodeStateDisk.syncFolder(folder);
  } catch (cause) {
    throw stateFailed(file, 'it cannot be written', cause);
  }
}

function guard(file: string, stats: BigIntStats): void {
  if (!stats.isFile()) throw unsafe(file, 'it is no regular file');
  const ownUid = process.getuid?.();
  if (ownUid !== undefined && stats.uid !== BigInt(ownUid) && stats.uid !== ROOT_UID)
    throw unsafe(file, `it belongs to user ${stats.uid}, and this is user ${ownUid}`);
  if ((stats.mode & WRITABLE_BY_OTHERS) !== 0n)
    throw unsafe(file, 'others may write it; chmod 600 once you know what is in it');
  if (stats.size > MOST_BYTES) throw damaged(file, `it is larger than ${MOST_BYTES} bytes`);
}

function parsed(file: string, text: string): readonly KeyRecord[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // What the parser says quotes the file.
    throw damaged(file, 'it is no JSON');
  }
  const result = KeyFile.safeParse(value);
  if (result.success) return result.data.keys;
  const faults = result.error.issues.map((issue) =>
    `${issue.path.map(String).join('.')}: ${issue.message}`.replace(/^: /, ''),
  );
  throw damaged(file, faults.slice(0, MOST_FAULTS).join('; '));
}

function unsafe(file: string, why: string): TenantryError {
  return new TenantryError('TENANTRY_STATE_DIR_UNSAFE', `${file}: ${why}`, {
    details: { path: file, why },
  });
}

function damaged(file: string, why: string): TenantryError {
  return new TenantryError('TENANTRY_STATE_DAMAGED', `${file}: ${why}`, {
    details: { path: file, why },
  });
}

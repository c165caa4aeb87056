/**
 * `keys.json` in the state directory: read whole or refused, written whole or not at all. Who may
 * change it at the same time is left to `key-changes.ts`.
 */
import { constants, type BigIntStats } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { setImmediate } from 'node:timers/promises';
import type { ZodError } from 'zod';
import { TenantryError, codeOf } from '@tenantry/core';
import { nodeStateDisk, stateFailed, writeWhole } from '@tenantry/core/internal/host';
import { KeyFile, KeyRecord } from './key-record.js';

const FILE_NAME = 'keys.json';
const MOST_BYTES = 8_388_608n;
const WRITABLE_BY_OTHERS = 0o022n;
const ROOT_UID = 0n;
/** Enough to find what is wrong. */
const MOST_FAULTS = 5;
/** A few milliseconds' worth. */
const RECORDS_AT_ONCE = 500;

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
      const records = await parsed(file, await handle.readFile('utf8'));
      return { records, stamp: stampOf(stats) };
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
    const written = await writeWhole(nodeStateDisk, draft, [text]);
    try {
      await written.file.close();
      await nodeStateDisk.rename(draft, file);
    } catch (error) {
      await nodeStateDisk.remove(draft).catch(() => {});
      throw error;
    }
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

/** With a pause now and then, in which a service goes on. */
async function parsed(file: string, text: string): Promise<readonly KeyRecord[]> {
  const records = new Map<string, KeyRecord>();
  for (const [at, value] of recordsIn(file, text).entries()) {
    if (at % RECORDS_AT_ONCE === RECORDS_AT_ONCE - 1) await setImmediate();
    const result = KeyRecord.safeParse(value);
    if (!result.success) throw damaged(file, faultsText(result.error, ['keys', at]));
    const { id } = result.data;
    if (records.has(id)) throw damaged(file, `keys.${at}.id: it stands twice`);
    records.set(id, result.data);
  }
  return [...records.values()];
}

function recordsIn(file: string, text: string): readonly unknown[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // What the parser says quotes the file.
    throw damaged(file, 'it is no JSON');
  }
  const result = KeyFile.safeParse(value);
  if (!result.success) throw damaged(file, faultsText(result.error));
  return result.data.keys;
}

/** Where and what, without what stands there. */
function faultsText({ issues }: ZodError, within: readonly PropertyKey[] = []): string {
  return issues
    .slice(0, MOST_FAULTS)
    .map(({ path: at, message }) => [[...within, ...at].map(String).join('.'), message])
    .map((parts) => parts.filter((part) => part !== '').join(': '))
    .join('; ');
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

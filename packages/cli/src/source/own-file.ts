/**
 * The file that what a pool gave is written to: readable by this user only, whole or not at all, and
 * never in the place of another one unasked. What is in it is left to the pool.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, link, lstat, rename, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { codeOf, type TenantryError } from '@tenantry/core/internal';
import type { ProfileType } from '@tenantry/core';
import { unwritable, whyOf } from './file-problem.js';

export interface OwnFile {
  /** Resolves with the path, as a person would name it; `name` is taken where none was chosen. */
  write(name: string, content: string | Uint8Array): Promise<string>;
}

/**
 * Refuses what could not be written later.
 * @throws TENANTRY_FILE_UNWRITABLE
 */
export async function claimFile(
  chosen: string | undefined,
  existing: 'kept' | 'replaced',
): Promise<OwnFile> {
  const folder = path.dirname(chosen ?? './new');
  await access(folder, constants.W_OK | constants.X_OK).catch((cause: unknown) => {
    throw unwritable(folder, `cannot write into ${folder}: ${whyOf(cause)}`, codeOf(cause));
  });
  if (chosen !== undefined) await refuseExisting(chosen, existing);
  return {
    write: async (name, content) => {
      const file = chosen ?? name;
      const passing = path.join(folder, `.tenantry-${randomBytes(6).toString('hex')}`);
      try {
        await writeFile(passing, content, { flag: 'wx', mode: 0o600 });
        // A link, unlike a rename, never replaces what came there meanwhile.
        await (existing === 'replaced' ? rename(passing, file) : link(passing, file));
      } catch (cause) {
        if (codeOf(cause) === 'EEXIST') throw exists(file);
        throw unwritable(file, `cannot write ${file}: ${whyOf(cause)}`, codeOf(cause));
      } finally {
        await unlink(passing).catch(() => {});
      }
      return file;
    },
  };
}

/** `tenantry-thread-3-2026-01-31T12-00-00.000Z.cpuprofile`: a colon is no part of a name everywhere. */
export function defaultProfileName(isolate: string, type: ProfileType, at: Date): string {
  const named = isolate.replace(/[^\w-]/g, '_').slice(0, 64);
  return `tenantry-${named}-${at.toISOString().replaceAll(':', '-')}.${type}profile`;
}

async function refuseExisting(file: string, existing: 'kept' | 'replaced'): Promise<void> {
  const there = await lstat(file).catch(() => undefined);
  if (there === undefined) return;
  if (!there.isFile()) throw unwritable(file, `${file} exists and is no file`, 'EEXIST');
  if (existing === 'kept') throw exists(file);
}

function exists(file: string): TenantryError {
  return unwritable(file, `${file} exists; --force replaces it`, 'EEXIST');
}

/**
 * A bundle in its folder: whole under its name or not there at all, and the oldest ones removed where
 * there are too many. The names are made of the time, the trigger and a checked tenant id.
 */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { TenantryError, codeOf } from '../errors/errors.js';
import { TRIGGERS, type TriggerKind } from '../vocabulary/incident.js';
import { isTenantId } from '../vocabulary/names.js';
import { nodeBundleDisk, type BundleDisk } from './bundle-disk.js';
import type { IncidentTrigger } from './bundle-parts.js';

const ENDING = '.tar.gz';
/** What a process that was killed leaves behind; the next pool removes it. */
const PARTIAL = '.partial';
const OF_THE_POOL = '+pool';

export interface Retention {
  readonly keepCount: number;
  readonly keepBytes: number;
}

/** A bundle that is kept, as its name tells it. */
export interface KeptBundle {
  /** Absolute. */
  readonly file: string;
  readonly trigger: TriggerKind;
  readonly tenant: string | null;
  /** Wall clock, ms since 1970. */
  readonly createdAtMs: number;
  readonly sizeBytes: number;
}

export const bundleFolder = (stateDir: string): string =>
  path.join(path.resolve(stateDir), 'bundles');

/**
 * Answers the file. What makes room afterwards never fails a bundle that is there.
 * @throws TENANTRY_BUNDLE_FAILED when the disk refuses; nothing is left of it then
 */
export async function keepBundle(
  folder: string,
  { kind, tenant }: Pick<IncidentTrigger, 'kind' | 'tenant'>,
  bytes: Uint8Array,
  epochMs: number,
  retention: Retention,
  disk: BundleDisk = nodeBundleDisk,
): Promise<string> {
  const stamp = new Date(epochMs).toISOString().replaceAll(/[-:]/g, '');
  const random = randomBytes(4).toString('hex');
  const file = path.join(folder, `${stamp}.${kind}.${tenant ?? OF_THE_POOL}.${random}${ENDING}`);
  const draft = `${file}${PARTIAL}`;
  try {
    await disk.folder(folder);
    await disk.write(draft, bytes);
    await disk.rename(draft, file);
    await disk.syncFolder(folder);
  } catch (cause) {
    await disk.remove(draft).catch(() => {});
    throw new TenantryError(
      'TENANTRY_BUNDLE_FAILED',
      `${file}: the bundle cannot be written: ${codeOf(cause) ?? (cause as Error).message}`,
      { details: { path: file, code: codeOf(cause) }, cause },
    );
  }
  await makeRoom(folder, file, retention, disk).catch(() => {});
  return file;
}

/** Newest first. A folder that is not there has none. */
export async function keptBundles(
  folder: string,
  disk: BundleDisk = nodeBundleDisk,
): Promise<KeptBundle[]> {
  const files = await disk.list(folder).catch(() => []);
  return files
    .flatMap(({ name, sizeBytes }) => {
      const told = toldBy(name);
      return told === undefined ? [] : [{ file: path.join(folder, name), ...told, sizeBytes }];
    })
    .sort((one, other) => (one.file < other.file ? 1 : -1));
}

/** What a process that was killed within a bundle has left. */
export async function removePartial(
  folder: string,
  disk: BundleDisk = nodeBundleDisk,
): Promise<void> {
  for (const { name } of await disk.list(folder).catch(() => [])) {
    if (!name.endsWith(`${ENDING}${PARTIAL}`)) continue;
    await disk.remove(path.join(folder, name)).catch(() => {});
  }
}

/** The one that was just made stays, however large it is and wherever the clock puts it. */
async function makeRoom(
  folder: string,
  made: string,
  { keepCount, keepBytes }: Retention,
  disk: BundleDisk,
): Promise<void> {
  let sum = 0;
  const kept = await keptBundles(folder, disk);
  const oldestLast = [
    ...kept.filter(({ file }) => file === made),
    ...kept.filter(({ file }) => file !== made),
  ];
  for (const [at, { file, sizeBytes }] of oldestLast.entries()) {
    sum += sizeBytes;
    if (at > 0 && (at >= keepCount || sum > keepBytes)) await disk.remove(file);
  }
}

const NAME =
  /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d\.\d{3}Z)\.([a-z-]+)\.([^.]+)\.[0-9a-f]{8}\.tar\.gz$/;

function toldBy(name: string): Pick<KeptBundle, 'trigger' | 'tenant' | 'createdAtMs'> | undefined {
  const [, year, month, day, hour, minute, second, kind, who] = NAME.exec(name) ?? [];
  const trigger = TRIGGERS.find((known) => known === kind);
  const createdAtMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}`);
  if (trigger === undefined || who === undefined || Number.isNaN(createdAtMs)) return undefined;
  if (who !== OF_THE_POOL && !isTenantId(who)) return undefined;
  return { trigger, tenant: who === OF_THE_POOL ? null : who, createdAtMs };
}

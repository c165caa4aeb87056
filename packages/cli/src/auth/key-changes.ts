/**
 * What a person does to the keys of a state directory: make, replace, take back. One at a time, over
 * all processes, so that none loses another's. That a running service sees it is left to `live-keys.ts`.
 */
import { TenantryError } from '@tenantry/core';
import { delay, type Clock } from '@tenantry/core/internal';
import { StateLock, privateFolder, stateFailed } from '@tenantry/core/internal/host';
import { isKeyId, makeKey } from './api-key.js';
import { usualScopes, type Role, type Scope } from './identity.js';
import { keyFileIn, readKeys, writeKeys } from './key-file.js';
import { MOST_KEYS, endedAtMs, keyState, type KeyRecord } from './key-record.js';

/** Beside the lock of the pool, which holds that one for as long as it runs. */
const LOCK = 'keys.lock';
const LOCK_RETRY_MS = 20;
const LOCK_DEADLINE_MS = 15_000;
/** For so long a key that has ended is still listed. */
const KEPT_AFTER_END_MS = 90 * 24 * 3_600_000;

export interface KeyPlace {
  readonly stateDir: string;
  readonly clock: Clock;
}

export interface KeyRequest {
  readonly tenant: string | null;
  readonly role: Role;
  /** Those of the role where none are named. */
  readonly scopes?: readonly Scope[] | undefined;
  readonly label?: string | undefined;
  /** How long it is good for; for ever where it is not said. */
  readonly lifetimeMs?: number | undefined;
}

export interface MadeKey {
  /** The key itself: nobody can be told it again. */
  readonly key: string;
  readonly record: KeyRecord;
}

export interface RotatedKey extends MadeKey {
  readonly old: KeyRecord;
}

export interface RevokedKey {
  readonly record: KeyRecord;
  /** Whether it had been taken back before. */
  readonly wasRevoked: boolean;
}

/**
 * @throws TENANTRY_OPTIONS_INVALID when the role needs a tenant, or there are too many keys
 * @throws TENANTRY_STATE_* when the file cannot be read or written: then there is no new key
 */
export function createKey(place: KeyPlace, request: KeyRequest): Promise<MadeKey> {
  return changed(place, (records, nowMs) => {
    const made = madeOf(request, nowMs);
    return { records: [...records, made.record], result: made };
  });
}

/**
 * A new key of the same kind, in place of one that is good for `overlapMs` more at most. What its
 * lifetime was, the new one has again.
 * @throws TENANTRY_KEY_UNKNOWN; TENANTRY_FORBIDDEN when it has ended, or is being replaced already;
 *   TENANTRY_STATE_*
 */
export function rotateKey(place: KeyPlace, id: string, overlapMs: number): Promise<RotatedKey> {
  return changed(place, (records, nowMs) => {
    const old = found(records, id);
    const state = keyState(old, nowMs);
    if (state !== 'active') {
      throw new TenantryError('TENANTRY_FORBIDDEN', `key ${id}: it is ${state}`, {
        details: { id, state },
      });
    }
    const { tenant, role, scopes, label, createdAt, expiresAt } = old;
    const made = madeOf(
      {
        tenant,
        role,
        scopes,
        label: label ?? undefined,
        lifetimeMs: expiresAt === null ? undefined : Date.parse(expiresAt) - Date.parse(createdAt),
      },
      nowMs,
    );
    const endMs = Math.min(
      nowMs + overlapMs,
      expiresAt === null ? Infinity : Date.parse(expiresAt),
    );
    const retiring: KeyRecord = {
      ...old,
      expiresAt: new Date(endMs).toISOString(),
      replacedBy: made.record.id,
    };
    return {
      records: [...records.map((record) => (record === old ? retiring : record)), made.record],
      result: { ...made, old: retiring },
    };
  });
}

/**
 * From now on it is refused; one that was taken back before stays as it is.
 * @throws TENANTRY_KEY_UNKNOWN, TENANTRY_STATE_*
 */
export function revokeKey(place: KeyPlace, id: string): Promise<RevokedKey> {
  return changed<RevokedKey>(place, (records, nowMs) => {
    const old = found(records, id);
    if (old.revokedAt !== null) return { records, result: { record: old, wasRevoked: true } };
    const record: KeyRecord = { ...old, revokedAt: new Date(nowMs).toISOString() };
    return {
      records: records.map((one) => (one === old ? record : one)),
      result: { record, wasRevoked: false },
    };
  });
}

function madeOf(request: KeyRequest, nowMs: number): MadeKey {
  const { tenant, role, scopes, label, lifetimeMs } = request;
  if (role === 'tenant' && tenant === null)
    throw new TenantryError('TENANTRY_OPTIONS_INVALID', 'a key of role tenant names its tenant');
  const { id, text, digest } = makeKey();
  const record: KeyRecord = {
    id,
    digest: digest.toString('hex'),
    tenant,
    role,
    scopes: [...(scopes ?? usualScopes(role))],
    label: label ?? null,
    createdAt: new Date(nowMs).toISOString(),
    expiresAt: lifetimeMs === undefined ? null : new Date(nowMs + lifetimeMs).toISOString(),
    revokedAt: null,
    replacedBy: null,
  };
  return { key: text, record };
}

function found(records: readonly KeyRecord[], id: string): KeyRecord {
  const record = records.find((one) => one.id === id);
  if (record !== undefined) return record;
  // What is no id may be a key that was pasted in its place.
  const named = isKeyId(id) ? ` ${id}` : '';
  throw new TenantryError('TENANTRY_KEY_UNKNOWN', `no key has the id${named}`);
}

/** Reads, changes and writes, with nobody else in between. */
async function changed<Result>(
  { stateDir, clock }: KeyPlace,
  change: (
    records: readonly KeyRecord[],
    nowMs: number,
  ) => { readonly records: readonly KeyRecord[]; readonly result: Result },
): Promise<Result> {
  const folder = await privateFolder(stateDir);
  const lock = await lockOf(folder, clock);
  try {
    const nowMs = clock.epochMs();
    const before = (await readKeys(keyFileIn(folder)))?.records ?? [];
    const { records, result } = change(before, nowMs);
    if (records !== before) await writeKeys(folder, kept(records, nowMs));
    return result;
  } finally {
    // Left there it names this process, and whoever comes after its end takes it over.
    await lock.release().catch(() => {});
  }
}

function kept(records: readonly KeyRecord[], nowMs: number): readonly KeyRecord[] {
  const remembered = records.filter(
    (record) => nowMs - (endedAtMs(record, nowMs) ?? nowMs) < KEPT_AFTER_END_MS,
  );
  if (remembered.length <= MOST_KEYS) return remembered;
  throw new TenantryError('TENANTRY_OPTIONS_INVALID', `there are ${MOST_KEYS} keys already`, {
    details: { limit: MOST_KEYS },
  });
}

async function lockOf(folder: string, clock: Clock): Promise<StateLock> {
  const deadlineMs = clock.nowMs() + LOCK_DEADLINE_MS;
  for (;;) {
    const attempt = await StateLock.take(folder, LOCK).catch((cause: unknown) => {
      throw stateFailed(keyFileIn(folder), 'it cannot be locked', cause);
    });
    if (attempt.state === 'held') return attempt.lock;
    const { pid } = attempt.holder;
    if (clock.nowMs() >= deadlineMs) {
      throw new TenantryError(
        'TENANTRY_STATE_IN_USE',
        `${keyFileIn(folder)}: process ${pid} changes it at this moment`,
        { details: { path: folder, pid } },
      );
    }
    await delay(clock, LOCK_RETRY_MS);
  }
}

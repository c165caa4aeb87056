import {
  chmod,
  mkdtemp,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock, type Clock } from '@tenantry/core/internal';
import { digestOf } from '../../src/auth/api-key.js';
import { createKey, revokeKey, rotateKey } from '../../src/auth/key-changes.js';
import { keyFileIn, readKeys } from '../../src/auth/key-file.js';
import { keyState, type KeyRecord } from '../../src/auth/key-record.js';
import { refusal } from './thrown.js';

const DAY_MS = 86_400_000;
const ACME = { tenant: 'acme', role: 'tenant' } as const;

let stateDir: string;
let wallMs: number;
/** Real, so that waiting for the lock is; only the wall time is set. */
const clock: Clock = { ...systemClock, epochMs: () => wallMs };
beforeEach(async () => {
  stateDir = await mkdtemp(path.join(os.tmpdir(), 'tenantry-keys-'));
  wallMs = Date.parse('2026-11-26T12:00:00.000Z');
});
afterEach(() => rm(stateDir, { recursive: true, force: true }));

const place = () => ({ stateDir, clock });
const records = async (): Promise<readonly KeyRecord[]> =>
  (await readKeys(keyFileIn(stateDir)))?.records ?? [];
const recordOf = async (id: string) => (await records()).find((record) => record.id === id)!;

describe('keys.json', () => {
  test('is for its owner alone, and has a digest in the place of the key', async () => {
    const { key, record } = await createKey(place(), { ...ACME, label: 'gateway' });
    expect((await stat(keyFileIn(stateDir))).mode & 0o777).toBe(0o600);
    expect((await stat(stateDir)).mode & 0o777).toBe(0o700);
    const text = await readFile(keyFileIn(stateDir), 'utf8');
    expect(text).not.toContain(key.slice(-43));
    expect(await records()).toEqual([record]);
    expect(record).toEqual({
      id: key.slice(3, 19),
      digest: digestOf(key).toString('hex'),
      tenant: 'acme',
      role: 'tenant',
      scopes: ['sessions', 'jobs'],
      label: 'gateway',
      createdAt: '2026-11-26T12:00:00.000Z',
      expiresAt: null,
      revokedAt: null,
      replacedBy: null,
    });
    expect(await readdir(stateDir)).toEqual(['keys.json']);
  });

  test('loses none of many changes at once', async () => {
    const made = await Promise.all(
      Array.from({ length: 12 }, (_, index) => createKey(place(), { ...ACME, label: `${index}` })),
    );
    expect((await records()).map(({ id }) => id).sort()).toEqual(
      made.map(({ record }) => record.id).sort(),
    );
  });

  test('is whole again after whoever changed it was killed', async () => {
    const first = await createKey(place(), ACME);
    const gone = { pid: 2 ** 22 + 1, start: null, token: 'a'.repeat(32) };
    await writeFile(path.join(stateDir, 'keys.lock'), JSON.stringify(gone));
    await writeFile(path.join(stateDir, 'keys.json.new'), '{"schemaVersion":1,"ke');
    const second = await createKey(place(), ACME);
    expect((await records()).map(({ id }) => id)).toEqual([first.record.id, second.record.id]);
    expect(await readdir(stateDir)).toEqual(['keys.json']);
  });

  const broken = [
    ['{"schemaVersion":1,"keys":[{"id":"canary-7d1"', 'it is no JSON'],
    ['{"schemaVersion":2,"keys":[]}', 'schemaVersion'],
    ['{"schemaVersion":1,"keys":[{"id":"canary-7d1"}]}', 'keys.0.id'],
    ['[]', 'expected object'],
  ] as const;
  test.each(broken)('is left as it is where it reads %s', async (text, said) => {
    await writeFile(keyFileIn(stateDir), text, { mode: 0o600 });
    const error = await refusal(() => createKey(place(), ACME));
    expect(error.code).toBe('TENANTRY_STATE_DAMAGED');
    expect(error.message).toContain(said);
    expect(JSON.stringify([error, error.message, error.stack])).not.toContain('canary-7d1');
    expect(await readFile(keyFileIn(stateDir), 'utf8')).toBe(text);
  });

  test('is not believed where somebody else may have written it', async () => {
    await createKey(place(), ACME);
    const file = keyFileIn(stateDir);
    await chmod(file, 0o620);
    expect((await refusal(() => readKeys(file))).code).toBe('TENANTRY_STATE_DIR_UNSAFE');
    await chmod(file, 0o600);
    await rename(file, `${file}.moved`);
    await symlink(`${file}.moved`, file);
    expect(await refusal(() => readKeys(file))).toMatchObject({
      code: 'TENANTRY_STATE_DIR_UNSAFE',
      details: { why: 'it is a symbolic link' },
    });
  });

  test('has at most 10,000 keys, and stays as it is where one more is asked for', async () => {
    const { record } = await createKey(place(), ACME);
    const file = keyFileIn(stateDir);
    const keysOf = (count: number): string => {
      const ids = Array.from({ length: count }, (_, at) => at.toString(16).padStart(16, '0'));
      return JSON.stringify({ schemaVersion: 1, keys: ids.map((id) => ({ ...record, id })) });
    };
    await writeFile(file, keysOf(10_000));
    expect(await refusal(() => createKey(place(), ACME))).toMatchObject({
      code: 'TENANTRY_OPTIONS_INVALID',
      details: { limit: 10_000 },
    });
    expect(await records()).toHaveLength(10_000);
    await writeFile(file, keysOf(10_001));
    expect((await refusal(records)).code).toBe('TENANTRY_STATE_DAMAGED');
  });

  test('forgets a key 90 days after its end', async () => {
    const { record } = await createKey(place(), ACME);
    const kept = await createKey(place(), ACME);
    await revokeKey(place(), record.id);
    wallMs += 89 * DAY_MS;
    await createKey(place(), ACME);
    expect(await records()).toHaveLength(3);
    wallMs += DAY_MS;
    const last = await createKey(place(), ACME);
    const ids = (await records()).map(({ id }) => id);
    expect(ids).toHaveLength(3);
    expect(ids).toEqual(expect.arrayContaining([kept.record.id, last.record.id]));
  });
});

describe('a key', () => {
  test('of role tenant names its tenant', async () => {
    const request = { tenant: null, role: 'tenant' } as const;
    const error = await refusal(() => createKey(place(), request));
    expect(error.code).toBe('TENANTRY_OPTIONS_INVALID');
    expect(await readdir(stateDir)).toEqual([]);
  });

  test('is replaced by one of its kind, and both are good for a while', async () => {
    const old = await createKey(place(), {
      tenant: 'acme',
      role: 'operator',
      scopes: ['admin', 'jobs'],
      label: 'ops',
      lifetimeMs: 30 * DAY_MS,
    });
    wallMs += 10 * DAY_MS;
    const { key, record } = await rotateKey(place(), old.record.id, DAY_MS);
    expect(key).not.toBe(old.key);
    expect(record).toMatchObject({
      tenant: 'acme',
      role: 'operator',
      scopes: ['admin', 'jobs'],
      label: 'ops',
      expiresAt: new Date(wallMs + 30 * DAY_MS).toISOString(),
    });
    const retiring = await recordOf(old.record.id);
    expect(retiring).toMatchObject({
      replacedBy: record.id,
      expiresAt: new Date(wallMs + DAY_MS).toISOString(),
    });
    expect(keyState(retiring, wallMs + DAY_MS - 1)).toBe('retiring');
    expect(keyState(retiring, wallMs + DAY_MS)).toBe('expired');
    expect(keyState(record, wallMs)).toBe('active');
  });

  test('is good no longer for being replaced', async () => {
    const { record } = await createKey(place(), { ...ACME, lifetimeMs: 1_000 });
    await rotateKey(place(), record.id, DAY_MS);
    expect((await recordOf(record.id)).expiresAt).toBe(record.expiresAt);
  });

  test('is replaced once, and only while it is good', async () => {
    const { record } = await createKey(place(), ACME);
    await rotateKey(place(), record.id, DAY_MS);
    expect(await refusal(() => rotateKey(place(), record.id, DAY_MS))).toMatchObject({
      code: 'TENANTRY_FORBIDDEN',
      details: { state: 'retiring' },
    });
    const other = await createKey(place(), ACME);
    await revokeKey(place(), other.record.id);
    expect(await refusal(() => rotateKey(place(), other.record.id, DAY_MS))).toMatchObject({
      details: { state: 'revoked' },
    });
  });

  test('is taken back once, at its first time', async () => {
    const { record } = await createKey(place(), ACME);
    expect(await revokeKey(place(), record.id)).toMatchObject({ wasRevoked: false });
    const { revokedAt } = await recordOf(record.id);
    wallMs += 5_000;
    expect(await revokeKey(place(), record.id)).toMatchObject({
      wasRevoked: true,
      record: { revokedAt },
    });
    expect(keyState(await recordOf(record.id), wallMs)).toBe('revoked');
  });

  test('that nobody knows is said to be unknown', async () => {
    const error = await refusal(() => revokeKey(place(), 'f'.repeat(16)));
    expect(error.code).toBe('TENANTRY_KEY_UNKNOWN');
    expect(error.message).toContain('f'.repeat(16));
    const pasted = await refusal(() => revokeKey(place(), 'tk_pasted_canary'));
    expect(pasted.message).not.toContain('canary');
  });
});

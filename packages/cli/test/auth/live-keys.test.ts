import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createKey, revokeKey } from '../../src/auth/key-changes.js';
import { keyFileIn } from '../../src/auth/key-file.js';
import { LiveKeys } from '../../src/auth/live-keys.js';
import { HandClock } from '../fixtures/hand-clock.js';
import { toldLog, type ToldLog } from './told-log.js';
import { refusal } from './thrown.js';

const REFRESH_MS = 500;
const ACME = { tenant: 'acme', role: 'tenant' } as const;

let stateDir: string;
let file: string;
let clock: HandClock;
let log: ToldLog;
beforeEach(async () => {
  stateDir = await mkdtemp(path.join(os.tmpdir(), 'tenantry-keys-'));
  file = keyFileIn(stateDir);
  clock = new HandClock();
  log = toldLog();
});
afterEach(() => rm(stateDir, { recursive: true, force: true }));

const open = () => LiveKeys.open({ file, refreshMs: REFRESH_MS, clock, log });
const place = () => ({ stateDir, clock });
const idsOf = async (keys: LiveKeys): Promise<string[]> => [...(await keys.current()).keys()];
const later = async (keys: LiveKeys): Promise<string[]> => {
  clock.pass(REFRESH_MS);
  return idsOf(keys);
};

describe('the keys of a running service', () => {
  test('follow the file: made, taken back, edited in its place, removed', async () => {
    const keys = await open();
    expect(keys.isPresent).toBe(false);
    const { record } = await createKey(place(), ACME);
    expect(await idsOf(keys)).toEqual([]);
    expect(await later(keys)).toEqual([record.id]);
    expect(keys.isPresent).toBe(true);

    await revokeKey(place(), record.id);
    clock.pass(REFRESH_MS);
    expect((await keys.current()).get(record.id)!.record.revokedAt).not.toBeNull();

    await writeFile(file, (await readFile(file, 'utf8')).replace(/"label": null/, '"label": "x"'));
    clock.pass(REFRESH_MS);
    expect((await keys.current()).get(record.id)!.record.label).toBe('x');

    await rm(file);
    expect(await later(keys)).toEqual([]);
    expect(keys.isPresent).toBe(false);
    expect(keys.problem).toBeNull();
  });

  test('stay as they were while the file is broken, and say so once', async () => {
    const { record } = await createKey(place(), ACME);
    const keys = await open();
    const whole = await readFile(file, 'utf8');
    await writeFile(file, whole.slice(0, -20));
    expect(await later(keys)).toEqual([record.id]);
    expect(await later(keys)).toEqual([record.id]);
    expect(keys.problem?.code).toBe('TENANTRY_STATE_DAMAGED');
    expect(keys.isPresent).toBe(true);
    expect(log.lines.map(({ level, code }) => [level, code])).toEqual([
      ['error', 'TENANTRY_STATE_DAMAGED'],
    ]);

    await writeFile(file, whole);
    await chmod(file, 0o606);
    expect(await later(keys)).toEqual([record.id]);
    expect(keys.problem?.code).toBe('TENANTRY_STATE_DIR_UNSAFE');
    await chmod(file, 0o600);
    const { record: second } = await createKey(place(), ACME);
    expect(await later(keys)).toEqual([record.id, second.id]);
    expect(keys.problem).toBeNull();
    expect(JSON.stringify(log.lines)).not.toContain(record.digest);
  });

  test('are looked at once for all who ask at the same moment', async () => {
    const keys = await open();
    await createKey(place(), ACME);
    clock.pass(REFRESH_MS);
    const seen = await Promise.all(Array.from({ length: 50 }, () => keys.current()));
    expect(new Set(seen).size).toBe(1);
    expect(log.lines.map(({ level }) => level)).toEqual(['info']);
  });

  test('are not served out of a file that cannot be read at the start', async () => {
    await writeFile(file, 'nothing of the kind', { mode: 0o600 });
    expect((await refusal(open)).code).toBe('TENANTRY_STATE_DAMAGED');
  });
});

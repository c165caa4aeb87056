import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { AuditLog } from '../../src/state/audit-log.js';
import { KeyedStore } from '../../src/state/keyed-store.js';
import { verifyAuditFile } from '../../src/state/verify-audit.js';
import { caught } from '../caught.js';
import { ManualClock } from '../manual-clock.js';
import { MemoryLog } from '../memory-log.js';
import { tempFolder } from '../temp-folder.js';

const parts = (folder: string) => ({
  dir: { path: folder },
  clock: new ManualClock(),
  log: new MemoryLog(),
});
const entry = (n: number) => ({ kind: 'test', actor: { kind: 'runtime' }, detail: { n } }) as const;

async function written(folder: string, count: number): Promise<string> {
  const audit = await AuditLog.open(parts(folder));
  await Promise.all(Array.from({ length: count }, (_none, n) => audit.append(entry(n))));
  await audit.close();
  return path.join(folder, 'audit.jsonl');
}

describe('an audit file on a real disk', () => {
  test('is its owner’s alone, also one that was not, and goes on', async () => {
    const folder = tempFolder();
    const file = await written(folder, 2);
    chmodSync(file, 0o644);
    await written(folder, 1);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await verifyAuditFile(file)).toMatchObject({ ok: true, records: 3 });
  });

  test('is checked to its first break, by line', async () => {
    const file = await written(tempFolder(), 2_000);
    expect(await verifyAuditFile(file)).toMatchObject({ ok: true, records: 2_000 });
    const text = readFileSync(file, 'utf8');
    const withN = (n: number, m: number): void =>
      writeFileSync(file, text.replace(`{"n":${n}}`, `{"n":${m}}`));
    withN(1_500, 1);
    expect(await verifyAuditFile(file)).toEqual({ ok: false, line: 1_501, why: 'hash-mismatch' });
    writeFileSync(file, text.slice(0, -1));
    expect(await verifyAuditFile(file)).toEqual({ ok: false, line: 2_000, why: 'torn-last-line' });
    writeFileSync(file, Buffer.concat([Buffer.from([0xff, 0x0a]), Buffer.from(text)]));
    expect(await verifyAuditFile(file)).toEqual({ ok: false, line: 1, why: 'not-json' });
    writeFileSync(file, `${text}${'x'.repeat(200_000)}\n`);
    expect(await verifyAuditFile(file)).toEqual({ ok: false, line: 2_001, why: 'not-json' });
    writeFileSync(file, '');
    expect(await verifyAuditFile(file)).toMatchObject({ ok: true, records: 0 });
  });

  test('that does not exist, or is a folder, is no verdict', async () => {
    const folder = tempFolder();
    for (const file of [path.join(folder, 'none'), folder]) {
      expect((await caught(() => verifyAuditFile(file))).code).toBe('TENANTRY_STATE_FAILED');
    }
  });

  test('that was torn or damaged is kept beside the one that goes on', async () => {
    const folder = tempFolder();
    const file = await written(folder, 2);
    appendFileSync(file, '{"seq":3');
    await written(folder, 1);
    expect(await verifyAuditFile(file)).toMatchObject({ ok: true, records: 3 });
    appendFileSync(file, 'rubbish\n');
    await written(folder, 1);
    expect(await verifyAuditFile(file)).toMatchObject({ ok: true, records: 2 });
    const kinds = readdirSync(folder).map((name) => name.replace(/\d+$/, 'N'));
    expect(kinds.sort()).toEqual(['audit.jsonl', 'audit.jsonl.damaged-N', 'audit.jsonl.torn-N']);
    for (const name of readdirSync(folder)) {
      expect(statSync(path.join(folder, name)).mode & 0o777).toBe(0o600);
    }
  });

  test.each<[string, (file: string) => void]>([
    ['a symbolic link', (file) => symlinkSync('/dev/null', file)],
    ['a folder', (file) => mkdirSync(file)],
  ])('is refused where it is %s', async (_what, make) => {
    const folder = tempFolder();
    make(path.join(folder, 'audit.jsonl'));
    const error = await caught(() => AuditLog.open(parts(folder)));
    expect(error.code).toBe('TENANTRY_STATE_FAILED');
  });
});

test('a keyed store on a real disk survives restarts, compaction and damage', async () => {
  const folder = tempFolder();
  const open = async (): Promise<KeyedStore> =>
    KeyedStore.open({ path: folder }, 'tenants', parts(folder));
  let store = await open();
  for (let n = 0; n < 60; n += 1) await store.put('a', { n, text: 'x'.repeat(10_000) });
  await store.put('b', 1);
  await store.close();
  const file = path.join(folder, 'tenants.jsonl');
  expect(statSync(file).size).toBeLessThan(350_000);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  store = await open();
  expect([...store.entries().keys()].sort()).toEqual(['a', 'b']);
  await store.close();
  appendFileSync(file, 'rubbish\n');
  store = await open();
  await store.delete('a');
  await store.close();
  store = await open();
  expect([...store.entries()]).toEqual([['b', 1]]);
  await store.close();
  expect(readdirSync(folder).filter((name) => name.includes('damaged'))).toHaveLength(1);
});

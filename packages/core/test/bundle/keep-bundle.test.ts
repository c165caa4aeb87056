import { chmodSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { nodeBundleDisk, type BundleDisk } from '../../src/bundle/bundle-disk.js';
import { keepBundle, keptBundles, removePartial } from '../../src/bundle/keep-bundle.js';
import { caught } from '../caught.js';
import { tempFolder } from '../temp-folder.js';

const RETENTION = { keepCount: 10, keepBytes: 1_000_000 };
const BYTES = Buffer.from('a bundle');
const ACME = { kind: 'block', tenant: 'acme' } as const;
const folderOf = (): string => path.join(tempFolder(), 'bundles');

/** The real one, which fails at one of its calls; what it has begun to write stays. */
function failing(call: keyof BundleDisk, code: string): BundleDisk {
  const fails = (): Promise<never> => Promise.reject(Object.assign(new Error(code), { code }));
  const half = async (file: string, bytes: Uint8Array): Promise<never> => {
    await nodeBundleDisk.write(file, bytes.subarray(0, 3));
    return fails();
  };
  return { ...nodeBundleDisk, [call]: call === 'write' ? half : fails };
}

describe('keeping a bundle', () => {
  test('puts it whole under a name that says what it is of, for its owner only', async () => {
    const folder = folderOf();
    mkdirSync(folder, { mode: 0o755 });
    chmodSync(folder, 0o755);
    const file = await keepBundle(folder, ACME, BYTES, Date.UTC(2026, 0, 2, 3, 4, 5, 6), RETENTION);
    expect(path.basename(file)).toMatch(
      /^20260102T030405\.006Z\.block\.acme\.[0-9a-f]{8}\.tar\.gz$/,
    );
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(readdirSync(folder)).toEqual([path.basename(file)]);
    expect(await keptBundles(folder)).toEqual([
      {
        file,
        trigger: 'block',
        tenant: 'acme',
        createdAtMs: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
        sizeBytes: BYTES.length,
      },
    ]);
  });

  test.each([
    ['folder', 'EACCES'],
    ['write', 'ENOSPC'],
    ['rename', 'EIO'],
  ] as const)('leaves nothing behind where the disk refuses %s', async (call, code) => {
    const folder = folderOf();
    const error = await caught(() =>
      keepBundle(folder, ACME, BYTES, 0, RETENTION, failing(call, code)),
    );
    expect(error).toMatchObject({ code: 'TENANTRY_BUNDLE_FAILED', details: { code } });
    expect(await nodeBundleDisk.list(folder).catch(() => [])).toEqual([]);
  });

  test('removes the oldest, by number and by size, never the one it has made', async () => {
    const folder = folderOf();
    const keep = (atMs: number, bytes: Uint8Array, retention: typeof RETENTION) =>
      keepBundle(folder, { kind: 'manual', tenant: null }, bytes, atMs, retention);
    const files: string[] = [];
    for (const atMs of [1_000, 2_000, 3_000]) files.push(await keep(atMs, BYTES, RETENTION));
    const latest = await keep(4_000, BYTES, { ...RETENTION, keepCount: 2 });
    expect((await keptBundles(folder)).map(({ file }) => file)).toEqual([latest, files[2]]);
    // A clock that was set back, and no room for two.
    const back = await keep(500, Buffer.alloc(100), { ...RETENTION, keepBytes: 10 });
    expect((await keptBundles(folder)).map(({ file }) => file)).toEqual([back]);
  });

  test('lists nothing that it has not named, and removes only what it has left half written', async () => {
    const folder = folderOf();
    const file = await keepBundle(folder, ACME, BYTES, 0, RETENTION);
    const foreign = ['notes.txt', '19700101T000000.000Z.block.a.b.00000000.tar.gz', 'x.partial'];
    for (const name of foreign) writeFileSync(path.join(folder, name), 'x');
    writeFileSync(`${file}.partial`, 'half');
    symlinkSync(
      '/etc/passwd',
      path.join(folder, '19700101T000000.000Z.block.acme.00000000.tar.gz'),
    );
    expect((await keptBundles(folder)).map((kept) => kept.file)).toEqual([file]);
    await removePartial(folder);
    expect(readdirSync(folder)).toContain('x.partial');
    expect(readdirSync(folder)).not.toContain(`${path.basename(file)}.partial`);
    expect(await keptBundles(path.join(folder, 'nowhere'))).toEqual([]);
  });
});

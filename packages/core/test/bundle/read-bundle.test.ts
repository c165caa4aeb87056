import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { readBundle } from '../../src/bundle/read-bundle.js';
import { TAR_END, tarEntry } from '../../src/bundle/tar.js';
import { caught } from '../caught.js';
import { tempFolder } from '../temp-folder.js';
import { FACTS, PARTS, packedWith } from './packed.js';

function written(bytes: Buffer): string {
  const file = path.join(tempFolder(), 'incident.tar.gz');
  writeFileSync(file, bytes);
  return file;
}

const archive = (...files: readonly (readonly [string, string])[]): Buffer =>
  gzipSync(
    Buffer.concat([
      ...files.map(([name, text]) => tarEntry({ name, bytes: Buffer.from(text) }, 0)),
      TAR_END,
    ]),
  );

const { bytes: whole, manifest } = packedWith();
const manifestText = JSON.stringify(manifest);
const refusal = async (bytes: Buffer) => caught(() => readBundle(written(bytes)));

describe('a bundle', () => {
  test('is read back as it was packed, by us and by tar', async () => {
    const leftOut = [{ name: 'session.json', why: 'nothing was recorded' } as const];
    const packed = packedWith(PARTS, leftOut);
    const file = written(packed.bytes);
    const read = await readBundle(file);
    expect(read.manifest).toEqual(packed.manifest);
    expect(read.manifest).toMatchObject({ formatVersion: 1, ...FACTS, leftOut });
    expect([...read.parts].map(([name, part]) => [name, part.toString()])).toEqual([...PARTS]);
    const listed = execFileSync('tar', ['tzvf', file]).toString();
    expect(listed.match(/-rw------- .* (\S+)$/gm)).toHaveLength(4);
    expect(execFileSync('tar', ['xzOf', file, 'snapshot.json']).toString()).toBe(
      PARTS.get('snapshot.json'),
    );
  });

  test('gives up its largest parts to stay within its budget, and says so', async () => {
    const noise = randomBytes(40_000).toString('hex');
    const parts = new Map(PARTS).set('profile.cpuprofile', noise).set('logs.jsonl', noise);
    const { bytes } = packedWith(parts, [], 60_000);
    expect(bytes.length).toBeLessThanOrEqual(60_000);
    const read = await readBundle(written(bytes));
    expect([...read.parts.keys()]).toEqual(['snapshot.json', 'recorder.jsonl', 'logs.jsonl']);
    expect(read.manifest.leftOut).toEqual([
      { name: 'profile.cpuprofile', why: expect.stringMatching(/^it would take \d+ bytes/) },
    ]);
  });

  test('is refused cut off at any byte', async () => {
    for (let at = 0; at < whole.length; at += 7) {
      expect(await refusal(whole.subarray(0, at))).toMatchObject({
        code: 'TENANTRY_BUNDLE_INVALID',
      });
    }
  });

  test('is refused with any bit of its archive turned', async () => {
    const plain = gunzipSync(whole);
    for (let at = 0; at < plain.length; at += 61) {
      const changed = Buffer.from(plain);
      changed[at]! ^= 0x01;
      const read = readBundle(written(gzipSync(changed)));
      // Padding, owner and time of a file say nothing.
      const error = await read.then(
        () => null,
        (thrown: unknown) => thrown,
      );
      if (error !== null) {
        expect((error as { code: string }).code).toMatch(/^TENANTRY_BUNDLE_(?:INVALID|VERSION)$/);
      } else {
        expect((await readBundle(written(gzipSync(changed)))).parts.size).toBe(PARTS.size);
      }
    }
  });

  test('is refused where it is something else, and nothing of it is repeated', async () => {
    const evil = '../../etc/passwd';
    const foreign = [
      Buffer.from('no archive at all'),
      gzipSync('no archive at all'),
      archive([evil, 'x']),
      archive(['manifest.json', manifestText], [evil, 'x']),
      archive(['manifest.json', manifestText], ['settings.json', '{}']),
      archive(['manifest.json', manifestText], ['manifest.json', manifestText]),
      archive(['manifest.json', '{"format":"tenantry-incident","formatVersion":1}']),
      archive(['manifest.json', 'null']),
      archive(['manifest.json', '{']),
      gzipSync(TAR_END),
      gzipSync(Buffer.concat([gunzipSync(whole), Buffer.from('behind its end')])),
    ];
    for (const bytes of foreign) {
      const error = await refusal(bytes);
      expect(error.code).toBe('TENANTRY_BUNDLE_INVALID');
      expect(error.message).not.toContain('passwd');
    }
  });

  test('refuses links and folders of an archive of somebody else', async () => {
    const folder = tempFolder();
    writeFileSync(path.join(folder, 'manifest.json'), manifestText);
    execFileSync('ln', ['-s', '/etc/passwd', 'snapshot.json'], { cwd: folder });
    const file = path.join(folder, 'foreign.tar.gz');
    const names = ['manifest.json', 'snapshot.json'];
    execFileSync('tar', ['czf', file, '--format=ustar', ...names], { cwd: folder });
    expect(await caught(() => readBundle(file))).toMatchObject({
      code: 'TENANTRY_BUNDLE_INVALID',
      message: expect.stringContaining('other than plain files'),
    });
    expect(await caught(() => readBundle(folder))).toMatchObject({
      code: 'TENANTRY_BUNDLE_INVALID',
    });
  });

  test('that unpacks to far more than it is, or is too large itself, is not unpacked', async () => {
    const bomb = written(gzipSync(Buffer.alloc(20_000_000)));
    const bounds = { fileBytes: 100_000, unpackedBytes: 1_000_000 };
    expect(await caught(() => readBundle(bomb, bounds))).toMatchObject({
      code: 'TENANTRY_BUNDLE_TOO_LARGE',
    });
    expect(await caught(() => readBundle(bomb, { ...bounds, fileBytes: 1_000 }))).toMatchObject({
      code: 'TENANTRY_BUNDLE_TOO_LARGE',
    });
    const huge = tarEntry({ name: 'manifest.json', bytes: Buffer.from('x') }, 0);
    // 8 GB of it, says the header, and keeps its checksum.
    huge.write('77777777777\0', 124, 'ascii');
    expect(await refusal(gzipSync(Buffer.concat([huge, TAR_END])))).toMatchObject({
      code: 'TENANTRY_BUNDLE_INVALID',
    });
  });

  test('of another version of the format is told apart', async () => {
    const next = { ...manifest, formatVersion: 2 };
    expect(await refusal(archive(['manifest.json', JSON.stringify(next)]))).toMatchObject({
      code: 'TENANTRY_BUNDLE_VERSION',
    });
  });
});

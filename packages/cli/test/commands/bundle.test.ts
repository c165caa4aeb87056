import { copyFile, mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { runBin, runtimeDirectory, type RuntimeDirectory } from '../fixtures/run.js';

let runtime: RuntimeDirectory;
let folder: string;
beforeAll(async () => {
  runtime = await runtimeDirectory();
  await runtime.startPool('voice', 2, path.join(runtime.path, 'state'));
});
afterAll(() => runtime.remove());
beforeEach(async () => {
  folder = path.join(runtime.path, 'here');
  await mkdir(folder);
});
afterEach(() => rm(folder, { recursive: true }));

const bundle = (...args: string[]) => runBin(['bundle', ...args], runtime.env(), folder);

async function madeBundle(): Promise<string> {
  const { stdout, code } = await bundle('--tenant', 'acme', '--out', 'acme.tar.gz');
  expect([stdout, code]).toEqual(['acme.tar.gz\n', 0]);
  return path.join(folder, 'acme.tar.gz');
}

describe('tenantry bundle', () => {
  test('has one made in the state directory, and copies it for this user only', async () => {
    const { stdout, stderr, code } = await bundle('--tenant', 'acme', '--json');
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    const made = JSON.parse(stdout) as { path: string; file: string; tenant: string };
    expect(made).toMatchObject({ path: made.file, tenant: 'acme', sizeBytes: expect.any(Number) });
    expect(path.dirname(made.file)).toBe(path.join(runtime.path, 'state', 'bundles'));
    const file = await madeBundle();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['acme.tar.gz']);
    const again = await bundle('--out', 'acme.tar.gz');
    expect([again.code, again.stderr]).toEqual([
      1,
      'tenantry: acme.tar.gz exists; --force replaces it (TENANTRY_FILE_UNWRITABLE)\n',
    ]);
  });

  test('refuses a tenant that nobody knows, and one that is none', async () => {
    const unknown = await bundle('--tenant', 'nobody');
    expect([unknown.code, unknown.stderr]).toEqual([
      1,
      'tenantry: tenant "nobody": none is known (TENANTRY_TENANT_UNKNOWN)\n',
    ]);
    expect((await bundle('--tenant', '../../etc')).code).toBe(2);
    expect((await bundle('show')).code).toBe(2);
    expect((await bundle('show', 'x', '--part', '../etc/passwd')).code).toBe(2);
  });
});

describe('tenantry bundle show', () => {
  test('says what happened, what is in it and what to type next', async () => {
    const file = await madeBundle();
    const { stdout, stderr, code } = await bundle('show', file);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    expect(stdout).toMatch(/^tenant "acme" was looked at by hand, \d{4}-\d\d-\d\d [\d:.]+ UTC\n/);
    expect(stdout).toMatch(/^who {6}tenant acme$/m);
    expect(stdout).toMatch(
      /^where {4}pool "voice" on .*, pid \d+, Node v.*, Tenantry .*, deployed v1/m,
    );
    expect(stdout).toMatch(/^ {2}[\d:.]+ session.started session [0-9a-f-]{36}, agent echo, /m);
    expect(stdout).toMatch(/^ {2}[\d:.]+ admission.refused /m);
    expect(stdout).toMatch(/^ {2}snapshot.json \d/m);
    expect(stdout).toMatch(/^ {2}session.json: /m);
    expect(stdout).toMatch(/^ {2}tenantry explain acme$/m);
    const named = await bundle('show', file, '--socket', '/run/b.sock');
    expect(named.stdout).toMatch(/^ {2}tenantry explain acme --socket \/run\/b\.sock$/m);
    expect(stdout).not.toContain('\u001b[');
  });

  test('prints a part as it is, and all of it for programs', async () => {
    const file = await madeBundle();
    const part = await bundle('show', file, '--part', 'snapshot.json');
    expect(JSON.parse(part.stdout)).toMatchObject({ runtime: { name: 'voice' } });
    const { stdout, code } = await bundle('show', file, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 1,
      file,
      manifest: { formatVersion: 1, trigger: { kind: 'manual', tenant: 'acme' } },
      events: expect.arrayContaining([expect.objectContaining({ kind: 'session.started' })]),
    });
    const none = await bundle('show', file, '--part', 'session.json');
    expect([none.code, none.stdout]).toEqual([1, '']);
    expect(none.stderr).toContain('has no session.json: no session is known to have caused it');
  });

  test('refuses what is cut off, changed or no bundle, with nothing of it printed', async () => {
    const file = await madeBundle();
    const bytes = await readFile(file);
    await writeFile(path.join(folder, 'cut.tar.gz'), bytes.subarray(0, bytes.length - 100));
    const changed = Buffer.from(bytes);
    changed[600]! ^= 0xff;
    await writeFile(path.join(folder, 'changed.tar.gz'), changed);
    await copyFile(process.execPath, path.join(folder, 'node.tar.gz'));
    for (const name of ['cut.tar.gz', 'changed.tar.gz', 'node.tar.gz']) {
      const { stdout, stderr, code } = await bundle('show', name);
      expect([name, stdout, code]).toEqual([name, '', 1]);
      expect(stderr).toMatch(/^tenantry: .*: no whole bundle: .* \(TENANTRY_BUNDLE_INVALID\)\n$/);
    }
    const missing = await bundle('show', 'nothing.tar.gz');
    expect([missing.code, missing.stderr]).toEqual([
      1,
      'tenantry: cannot read nothing.tar.gz: no such file or directory (TENANTRY_FILE_UNREADABLE)\n',
    ]);
  });
});

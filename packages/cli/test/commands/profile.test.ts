import { mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { once } from 'node:events';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Snapshot } from '@tenantry/core/snapshot';
import { runBin, runtimeDirectory, type RuntimeDirectory } from '../fixtures/run.js';

let runtime: RuntimeDirectory;
let folder: string;
beforeAll(async () => {
  runtime = await runtimeDirectory();
  await runtime.startPool('voice');
});
afterAll(() => runtime.remove());
beforeEach(async () => {
  folder = path.join(runtime.path, 'here');
  await mkdir(folder);
});
afterEach(() => rm(folder, { recursive: true }));

const profile = (...args: string[]) => runBin(['profile', ...args], runtime.env(), folder);
const read = async (file: string) =>
  JSON.parse(await readFile(path.join(folder, file), 'utf8')) as Record<string, unknown>;

describe('tenantry profile', () => {
  test('writes a CPU profile that DevTools opens, for this user only', async () => {
    const { stdout, stderr, code } = await profile('acme', '--seconds', '0.2');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^tenantry-main-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z\.cpuprofile\n$/);
    const [shared, hint] = stderr.split('\n');
    expect(shared).toBe('the profile is of isolate main, which 3 sessions share');
    expect(hint).toMatch(
      /^cpu profile of isolate main \(tenant acme\), (?:[2-9]\d\d ms|\d\.\d s), .* open it in /,
    );
    const file = stdout.trim();
    expect(Object.keys(await read(file))).toEqual(
      expect.arrayContaining(['nodes', 'startTime', 'endTime', 'samples', 'timeDeltas']),
    );
    expect((await stat(path.join(folder, file))).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual([file]);
  });

  test('writes a heap profile to the file it is told', async () => {
    const ran = await profile('main', '--heap', '--seconds', '0.1', '--output', 'own.heapprofile');
    expect([ran.code, ran.stdout]).toEqual([0, 'own.heapprofile\n']);
    expect(ran.stderr).toContain('DevTools, Memory');
    expect(await read('own.heapprofile')).toHaveProperty('head.callFrame.functionName', '(root)');
  });

  test('--json has the path and what the profile is of', async () => {
    const { stdout, stderr, code } = await profile('globex', '--seconds', '0.1', '--json');
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    const { path: file, ...meta } = JSON.parse(stdout) as Record<string, unknown>;
    expect(meta).toEqual({
      name: 'voice',
      target: { isolate: 'main', rung: 'coroutine', session: null, tenant: 'globex', sessions: 3 },
      type: 'cpu',
      seconds: 0.1,
      sampledMs: expect.any(Number),
    });
    expect(await read(file as string)).toHaveProperty('nodes');
  });

  test('replaces a file only when it is told to', async () => {
    await writeFile(path.join(folder, 'mine'), 'precious', { mode: 0o644 });
    const kept = await profile('main', '--seconds', '0.1', '--output', 'mine');
    expect(kept).toEqual({
      stdout: '',
      stderr: 'tenantry: mine exists; --force replaces it (TENANTRY_FILE_UNWRITABLE)\n',
      code: 1,
    });
    expect(await readFile(path.join(folder, 'mine'), 'utf8')).toBe('precious');
    const replaced = await profile('main', '--seconds', '0.1', '--output', 'mine', '--force');
    expect(replaced.code).toBe(0);
    expect(await read('mine')).toHaveProperty('nodes');
    expect((await stat(path.join(folder, 'mine'))).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['mine']);
  });

  test('asks nobody for what it could not write', async () => {
    const args = ['main', '--seconds', '30', '--output'];
    expect(await profile(...args, 'missing/a.cpuprofile')).toEqual({
      stdout: '',
      stderr:
        'tenantry: cannot write into missing: no such file or directory (TENANTRY_FILE_UNWRITABLE)\n',
      code: 1,
    });
    expect(await profile(...args, '.', '--force')).toEqual({
      stdout: '',
      stderr: 'tenantry: . exists and is no file (TENANTRY_FILE_UNWRITABLE)\n',
      code: 1,
    });
  });

  test('says in one line when and how a session has ended', async () => {
    const ran = await runBin(['snapshot', '--json'], runtime.env());
    const { recentEnds } = JSON.parse(ran.stdout) as Snapshot;
    const { session } = recentEnds[0]!;
    const { stdout, stderr, code: exitCode } = await profile(session.slice(0, 8));
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 1 });
    const told = `session ${session} of tenant "globex" ended \\d+(?:\\.\\d)? s ago \\(failed\\)`;
    const code = '\\(TENANTRY_PROFILE_TARGET_UNKNOWN\\)';
    expect(stderr).toMatch(new RegExp(`^tenantry: ${told} ${code}\n$`));
  });

  test.each([
    [
      ['nobody'],
      1,
      'no isolate, session or tenant "nobody"; its isolates: main; its tenants: acme',
    ],
    [['thread-9'], 1, 'TENANTRY_PROFILE_TARGET_UNKNOWN'],
    [['acme', '--seconds', '0'], 2, 'Expected 0.1 to 60'],
    [['acme', '--seconds', '61'], 2, 'Expected 0.1 to 60'],
    [['acme', '--seconds', 'long'], 2, 'Expected 0.1 to 60'],
    [['acme', '--seconds', ''], 2, 'Expected 0.1 to 60'],
    [[''], 2, 'Expected a tenant'],
    [[], 2, "missing required argument 'target'"],
    [['acme', 'globex'], 2, 'too many arguments'],
    [['acme', '--socket', '/nowhere/at.sock'], 1, 'TENANTRY_RUNTIME_NONE'],
  ])('%j ends with %i and says why', async (args, code, said) => {
    const ran = await profile(...args);
    expect([ran.code, ran.stdout]).toEqual([code, '']);
    expect(ran.stderr).toContain(said);
    expect(ran.stderr.trim().split('\n').length).toBeLessThanOrEqual(2);
    expect(await readdir(folder)).toEqual([]);
  });

  test('writes nowhere else, whatever a socket that is not to be trusted says', async () => {
    const socket = path.join(runtime.path, 'fake.sock');
    const target = { rung: 'thread', session: null, tenant: '\u001b]0;owned\u0007', sessions: 1 };
    const value = {
      name: 'voice',
      target: { ...target, isolate: '../../evil' },
      type: 'cpu',
      seconds: 5,
      sampledMs: 1,
      profile: { nodes: [] },
    };
    const server = net.createServer((connection) => {
      connection.once('data', () => connection.end(`${JSON.stringify({ ok: true, value })}\n`));
    });
    server.listen(socket);
    await once(server, 'listening');
    const { stdout, stderr, code } = await profile('acme', '--socket', socket);
    server.close();
    expect(code).toBe(0);
    expect(stdout).toMatch(/^tenantry-______evil-[\w.-]+\.cpuprofile\n$/);
    expect(await readdir(folder)).toEqual([stdout.trim()]);
    expect(stderr.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});

import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { runMain } from '../fixtures/recorded-pool.js';
import { environment, runBin } from '../fixtures/run.js';
import { commandsOf, notPrinted, outputsOf } from '../fixtures/runbook.js';

const PAGE = 'docs/cli/keys.md';
const PAGE_ID = '3f2a91c07b1d0e44';
const KEY = /^tk_[0-9a-f]{16}_[A-Za-z0-9_-]{43}\n$/;

let stateDir: string;
beforeEach(async () => {
  stateDir = await mkdtemp(path.join(os.tmpdir(), 'tenantry-keys-'));
});
afterEach(() => rm(stateDir, { recursive: true, force: true }));

const keys = (...args: readonly string[]) => runMain(['keys', ...args, '--state-dir', stateDir]);
const idOf = (key: string): string => key.slice(3, 19);
const made = async (...args: readonly string[]): Promise<string> => {
  const { code, stdout } = await keys('create', ...args);
  expect(code).toBe(0);
  return stdout.trim();
};

interface Row {
  readonly id: string;
  readonly state: string;
}
const listed = async (...args: readonly string[]): Promise<Row[]> => {
  const { stdout } = await keys('list', '--json', ...args);
  return (JSON.parse(stdout) as { keys: Row[] }).keys;
};

describe('tenantry keys create', () => {
  test('prints the key alone on stdout, and what it is on stderr', async () => {
    const args = ['--tenant', 'acme', '--expires', '1d', '--label', 'their gateway'];
    const { code, stdout, stderr } = await keys('create', ...args);
    expect(code).toBe(0);
    expect(stdout).toMatch(KEY);
    expect(stderr.replace(/ends .* UTC/, 'ends TIME UTC')).toBe(
      `key ${idOf(stdout)}: tenant acme, role tenant, scopes sessions and jobs, ends TIME UTC\n` +
        'it is shown this once: keep it now\n',
    );
    expect((await stat(path.join(stateDir, 'keys.json'))).mode & 0o777).toBe(0o600);
  });

  test('--json has all of it in one document', async () => {
    const { stdout } = await keys(
      'create',
      '--role',
      'operator',
      '--scopes',
      'admin,jobs',
      '--json',
    );
    const { key, id, ...rest } = JSON.parse(stdout) as { key: string; id: string };
    expect(`${key}\n`).toMatch(KEY);
    expect(id).toBe(idOf(key));
    expect(rest).toMatchObject({
      schemaVersion: 1,
      tenant: null,
      role: 'operator',
      scopes: ['admin', 'jobs'],
      expiresAt: null,
      state: 'active',
    });
    expect(rest).not.toHaveProperty('digest');
  });

  test('finds the state directory in the environment', async () => {
    const env = { TENANTRY_STATE_DIR: stateDir };
    expect((await runMain(['keys', 'create', '--role', 'viewer'], { env })).code).toBe(0);
    expect(await listed()).toHaveLength(1);
    const nowhere = await runMain(['keys', 'list']);
    expect(nowhere.code).toBe(1);
    expect(nowhere.stderr).toContain('--state-dir or TENANTRY_STATE_DIR');
  });

  test.each([
    [['create'], 'a key of role tenant needs --tenant'],
    [['create', '--role', 'root'], 'Expected one of tenant, viewer, operator, admin'],
    [['create', '--role', 'viewer', '--scopes', 'admin,all'], 'Expected one of sessions'],
    [['create', '--role', 'viewer', '--expires', 'never'], 'Expected a time'],
    [['create', '--role', 'viewer', '--expires', '0s'], 'more than no time'],
    [['create', '--role', 'viewer', '--expires', '3651d'], 'at most 3650d'],
    [['create', '--tenant', '../acme'], 'tenant id'],
    [['create', '--role', 'viewer', '--label', 'x'.repeat(101)], 'at most 100 characters'],
    [['rotate'], 'missing required argument'],
    [['rotate', '3f2a'], 'expected the id of a key'],
    [['rotate', PAGE_ID, '--overlap', '91d'], 'at most 90d'],
    [['revoke', 'tk_3f2a_canary9f31'], 'expected the id of a key'],
  ])('%j is wrong usage, and changes nothing', async (args, said) => {
    const { code, stdout, stderr } = await keys(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(said);
    expect(stderr).not.toContain('canary9f31');
    await expect(stat(path.join(stateDir, 'keys.json'))).rejects.toThrow('ENOENT');
  });
});

describe('tenantry keys', () => {
  test('lists, replaces and takes back; what is listed has nothing of a key', async () => {
    expect((await keys('list')).code).toBe(1);
    const first = await made('--tenant', 'acme');
    const viewer = await made('--role', 'viewer');
    // The whole key in the place of its id is understood, and not repeated.
    const rotated = await keys('rotate', first, '--overlap', '2h');
    expect(rotated.stdout).toMatch(KEY);
    expect(rotated.stderr).not.toContain(first.slice(20));
    const second = rotated.stdout.trim();
    expect((await keys('revoke', idOf(viewer))).stdout).toBe(`key ${idOf(viewer)} is taken back\n`);
    expect((await keys('revoke', viewer)).stdout).toBe(
      `key ${idOf(viewer)} was taken back before\n`,
    );
    expect(await listed()).toMatchObject([
      { id: idOf(first), state: 'retiring', replacedBy: idOf(second) },
      { id: idOf(viewer), state: 'revoked' },
      { id: idOf(second), state: 'active', tenant: 'acme' },
    ]);
    expect(await listed('--tenant', 'acme')).toHaveLength(2);

    const table = await runMain(['keys', 'list', '--state-dir', stateDir], { columns: 140 });
    const shown = [table, await keys('list'), await keys('list', '--json')]
      .map(({ stdout, stderr }) => stdout + stderr)
      .join('');
    const file = await readFile(path.join(stateDir, 'keys.json'), 'utf8');
    const digests = [...file.matchAll(/"digest": "([0-9a-f]{64})"/g)].map(([, digest]) => digest!);
    expect(digests).toHaveLength(3);
    for (const secret of [first, viewer, second])
      expect(shown + file).not.toContain(secret.slice(20));
    for (const digest of digests) expect(shown).not.toContain(digest);
  });

  test('of an id that no key has is refused', async () => {
    for (const act of ['revoke', 'rotate']) {
      const { code, stderr } = await keys(act, PAGE_ID);
      expect(code).toBe(1);
      expect(stderr).toBe(`tenantry: no key has the id ${PAGE_ID} (TENANTRY_KEY_UNKNOWN)\n`);
    }
  });

  test('leaves a file that it cannot read as it is', async () => {
    const file = path.join(stateDir, 'keys.json');
    await writeFile(file, '{"schemaVersion":1,"keys":[{"canary', { mode: 0o600 });
    for (const args of [['list'], ['create', '--tenant', 'acme'], ['revoke', PAGE_ID]]) {
      const { code, stderr } = await keys(...args);
      expect(code).toBe(1);
      expect(stderr).toContain('(TENANTRY_STATE_DAMAGED)');
      expect(stderr).not.toContain('canary');
    }
    expect(await readFile(file, 'utf8')).toBe('{"schemaVersion":1,"keys":[{"canary');
  });

  test('of several processes at once loses none', async () => {
    const env = environment(stateDir, { TENANTRY_STATE_DIR: stateDir });
    const ran = await Promise.all(
      [1, 2, 3].map((label) =>
        runBin(['keys', 'create', '--tenant', 'acme', '--label', `${label}`], env),
      ),
    );
    expect(ran.map(({ code }) => code)).toEqual([0, 0, 0]);
    for (const { stdout } of ran) expect(stdout).toMatch(KEY);
    expect((await listed()).map(({ id }) => id).sort()).toEqual(
      ran.map(({ stdout }) => idOf(stdout)).sort(),
    );
  });
});

describe(PAGE, () => {
  test('has commands that can be typed, and what they print', async () => {
    const first = await made('--tenant', 'acme', '--expires', '90d');
    await made('--role', 'viewer', '--label', 'grafana');
    const type = async (command: string) => {
      const [, ...words] = command.split(' ');
      const meant: Record<string, string> = { '/var/lib/voice': stateDir, [PAGE_ID]: idOf(first) };
      return runMain(words.map((word) => meant[word] ?? word));
    };
    const commands = await commandsOf(PAGE);
    expect(commands.length).toBeGreaterThan(3);
    for (const command of commands)
      expect([command, (await type(command)).code]).toEqual([command, 0]);

    await rm(path.join(stateDir, 'keys.json'));
    const second = await made('--tenant', 'acme');
    await made('--role', 'viewer', '--label', 'grafana');
    await keys('rotate', second);
    for (const { command, lines } of await outputsOf(PAGE)) {
      const ran = await type(command);
      const anyId = (text: string): string => text.replace(/\b[0-9a-f]{16}\b/g, 'KEYID');
      const printed = { ...ran, stdout: anyId(ran.stdout), stderr: anyId(ran.stderr) };
      expect(lines.flatMap((line) => notPrinted(anyId(line), printed))).toEqual([]);
    }
  });
});

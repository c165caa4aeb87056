import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { TenantryError } from '@tenantry/core';
import type { Explanation } from '@tenantry/core/internal';
import { fileText, sealedLines } from '../fixtures/audit-file.js';
import { EVIL } from '../fixtures/hostile-snapshot.js';
import { recordedPool, runMain, type RecordedPool } from '../fixtures/recorded-pool.js';

const SESSION = '3f2a91c0-5b7d-4e6f-8a1b-2c3d4e5f6071';

let pool: RecordedPool;
beforeEach(async () => {
  pool = await recordedPool();
});
afterEach(() => pool.close());

const explanation: Explanation = {
  about: 'tenant',
  name: 'acme',
  sentences: [
    'Tenant acme runs in a thread: it was moved there 42 s ago, because it held the shared loop.',
    'It goes back when it has served 18 s more.',
  ],
  records: sealedLines()
    .slice(1, 2)
    .map((line) => JSON.parse(line) as object),
};

describe('tenantry explain, of a pool that runs', () => {
  test('asks for the name and prints the sentences', async () => {
    pool.reply = () => explanation;
    expect(await pool.run(['explain', 'acme'])).toEqual({
      code: 0,
      stdout: `${explanation.sentences.join('\n')}\n`,
      stderr: '',
    });
    expect(pool.asked).toEqual([{ command: 'explain', name: 'acme' }]);
  });

  test('--records shows what the sentences stand on', async () => {
    pool.reply = () => explanation;
    const { stdout } = await pool.run(['explain', 'acme', '--records']);
    const lines = stdout.split('\n').map((line) => line.replace(/ +/g, ' '));
    expect(lines).toContain('Records (1)');
    expect(lines).toContain(
      '│ 2 │ 2026-11-26 11:15:01 │ tenant.escalated │ acme │ - │ runtime │ from coroutine, to thread, score 5.2 │',
    );
  });

  test('--records of nothing is a heading', async () => {
    pool.reply = () => ({ ...explanation, records: [] });
    const { stdout } = await pool.run(['explain', 'acme', '--records']);
    expect(stdout.endsWith('\nRecords (0)\n')).toBe(true);
  });

  test('--json prints the reply as it is', async () => {
    pool.reply = () => explanation;
    const { stdout } = await pool.run(['explain', 'acme', '--json']);
    expect(JSON.parse(stdout)).toEqual(explanation);
  });

  test('where nothing is told it says so', async () => {
    pool.reply = () => ({ ...explanation, sentences: [] });
    expect((await pool.run(['explain', 'acme'])).stdout).toBe('nothing is told of tenant "acme"\n');
  });

  test.each([20, 80, 200])('no line is wider than %d columns', async (columns) => {
    pool.reply = () => explanation;
    const { stdout } = await pool.run(['explain', 'acme', '--records'], {
      columns,
      env: { NO_COLOR: '1' },
    });
    const widest = Math.max(...stdout.split('\n').map((line) => line.length));
    expect(widest).toBeLessThanOrEqual(columns);
    expect(stdout.replaceAll('\n', ' ')).toContain('It goes back when it has served 18 s more.');
  });

  test('what it is told moves no cursor', async () => {
    const actor = { kind: EVIL };
    const evil = { seq: 1, at: EVIL, kind: EVIL, tenant: EVIL, session: EVIL, actor };
    pool.reply = () => ({
      ...explanation,
      sentences: [EVIL],
      records: [{ ...evil, detail: { [EVIL]: EVIL } }, { kind: 7, actor: 'x', detail: [EVIL] }, {}],
    });
    const { stdout } = await pool.run(['explain', 'acme', '--records'], {
      columns: 200,
      env: { NO_COLOR: '1' },
    });
    expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(stdout).toContain('evil');
  });

  test('an unknown name is refused, with the tenant that was meant', async () => {
    const unknown = new TenantryError('TENANTRY_TENANT_UNKNOWN', '"acne": none is known');
    pool.reply = ({ command }) => (command === 'explain' ? unknown : undefined);
    expect(await pool.run(['explain', 'acne'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'tenantry: "acne": none is known; did you mean "acme"? (TENANTRY_TENANT_UNKNOWN)\n',
    });
  });

  test.each([
    ['no object', 7],
    ['of something else', { ...explanation, about: 'pool' }],
    ['without sentences', { ...explanation, sentences: 'none' }],
    ['of sentences that are none', { ...explanation, sentences: [7] }],
    ['of records that are none', { ...explanation, records: [7] }],
  ])('a reply that is %s is refused', async (_, reply) => {
    pool.reply = () => reply;
    const { code, stdout, stderr } = await pool.run(['explain', 'acme']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('(TENANTRY_INSPECTOR_REPLY_INVALID)');
  });
});

describe('tenantry explain --state-dir', () => {
  const offline = (...args: string[]) =>
    runMain(['explain', ...args, '--state-dir', pool.folder], { env: { NO_COLOR: '1' } });
  beforeEach(() => writeFile(path.join(pool.folder, 'audit.jsonl'), fileText(sealedLines())));

  test('explains a tenant, and a session by the beginning of its id, and asks no pool', async () => {
    const tenant = JSON.parse((await offline('acme', '--json')).stdout) as Explanation;
    expect(tenant).toMatchObject({ about: 'tenant', name: 'acme' });
    expect(tenant.records).toEqual([
      expect.objectContaining({ seq: 2 }),
      expect.objectContaining({ seq: 4 }),
    ]);
    const session = JSON.parse((await offline('3f2a91c0', '--json')).stdout) as Explanation;
    expect(session).toMatchObject({ about: 'session', name: SESSION });
    expect(session.records).toEqual([expect.objectContaining({ seq: 3 })]);
    expect(await offline('acme', '--records')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Records (2)'),
    });
    expect(pool.asked).toEqual([]);
  });

  test('of a session also what was decided of its tenant, and of all that failed together', async () => {
    const entries = [
      { kind: 'tenant.escalated', tenant: 'acme', detail: {} },
      { kind: 'systemic.raised', detail: { tenants: ['acme', 'globex'] } },
      { kind: 'session.ended', tenant: 'acme', session: SESSION, detail: {} },
      { kind: 'session.ended', tenant: 'acme', session: 'another-of-acme', detail: {} },
      { kind: 'tenant.escalated', tenant: 'globex', detail: {} },
    ];
    await writeFile(path.join(pool.folder, 'audit.jsonl'), fileText(sealedLines(entries)));
    const seqsOf = async (name: string) =>
      (JSON.parse((await offline(name, '--json')).stdout) as Explanation).records.map(
        (record) => (record as { seq: number }).seq,
      );
    expect(await seqsOf(SESSION)).toEqual([1, 2, 3]);
    expect(await seqsOf('globex')).toEqual([2, 5]);
  });

  test('of several sessions that begin so, none is meant', async () => {
    const entries = ['3f2a91c0-1', '3f2a91c0-2'].map((session) => ({
      kind: 'session.ended',
      session,
    }));
    await writeFile(path.join(pool.folder, 'audit.jsonl'), fileText(sealedLines(entries)));
    expect(await offline('3f2a91c0')).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'tenantry: session "3f2a91c0": 2 begin with it: give more of the id (TENANTRY_SESSION_UNKNOWN)\n',
    });
    expect((await offline('3f2a91c0-2')).code).toBe(0);
  });

  test('a name without a record is not found, with the one that was meant', async () => {
    const file = path.join(pool.folder, 'audit.jsonl');
    expect(await offline('acne')).toEqual({
      code: 1,
      stdout: '',
      stderr: `tenantry: ${file} has no record of acne; did you mean "acme"? (TENANTRY_TENANT_UNKNOWN)\n`,
    });
  });

  test('a folder without a trail ends with 1', async () => {
    const folder = path.join(pool.folder, 'missing');
    expect(await runMain(['explain', 'acme', '--state-dir', folder])).toEqual({
      code: 1,
      stdout: '',
      stderr: `tenantry: cannot read ${folder}/audit.jsonl: no such file or directory (TENANTRY_FILE_UNREADABLE)\n`,
    });
  });

  test.each([
    [['explain'], "missing required argument 'name'"],
    [['explain', ''], "Expected a tenant, or a session's id"],
    [['explain', 'a b'], "Expected a tenant, or a session's id"],
    [['explain', 'a'.repeat(129)], "Expected a tenant, or a session's id"],
    [['explain', 'acme', '--state-dir', ''], 'Expected a folder'],
    [
      ['explain', 'acme', '--state-dir', '/tmp', '--socket', '/tmp/s'],
      'cannot be used with option',
    ],
  ])('%j is wrong usage', async (args, said) => {
    const { code, stdout, stderr } = await runMain(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(said);
  });
});

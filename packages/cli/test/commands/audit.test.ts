import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ENTRIES, fileText, sealedLines } from '../fixtures/audit-file.js';
import { EVIL } from '../fixtures/hostile-snapshot.js';
import { runMain } from '../fixtures/recorded-pool.js';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'tenantry-cli-'));
  file = path.join(folder, 'audit.jsonl');
  await writeFile(file, fileText(sealedLines()));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const lastHash = (JSON.parse(sealedLines().at(-1)!) as { hash: string }).hash;
const damaged = (): Promise<void> => {
  const [first, second, ...rest] = sealedLines();
  return writeFile(file, fileText([first!, second!.replace('5.2', '0.2'), ...rest]));
};

describe('tenantry audit verify', () => {
  test('says that a chain is whole, with its last hash', async () => {
    const said = {
      code: 0,
      stdout: `${file}: the chain of 4 records is whole\nlast hash: ${lastHash}\n`,
      stderr: '',
    };
    expect(await runMain(['audit', 'verify', file])).toEqual(said);
    expect(await runMain(['audit', 'verify', '--state-dir', folder])).toEqual(said);
  });

  test('says what a whole chain itself says is not in it', async () => {
    const at = '2026-11-26T11:15:00.000Z';
    const actor = { kind: 'runtime' } as const;
    const gone = { setAside: `a${EVIL}`, why: 'it was cut', lastSeq: 7, lastHash: 'ab' };
    const resumed = { refused: 1, sinceAt: at };
    const lines = sealedLines([
      { at, kind: 'audit.restarted', actor, detail: gone },
      { at, kind: 'audit.resumed', actor, detail: resumed },
      { at, kind: 'audit.read', actor, detail: { why: '"kind":"audit.restarted"' } },
    ]);
    await writeFile(file, fileText(lines));
    const { code, stdout } = await runMain(['audit', 'verify', file]);
    const [, , ...said] = stdout.split('\n');
    expect([code, said.length]).toEqual([0, 3]);
    expect(said[0]).toMatch(
      /^line 1: a new chain began at .* in the place of another: it was cut; .* as a.*record 7, hash ab$/,
    );
    expect(said[1]).toBe(`line 2: 1 record missing, refused by the disk from ${at} to ${at}`);
    expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    const { gaps } = JSON.parse((await runMain(['audit', 'verify', file, '--json'])).stdout) as {
      gaps: unknown;
    };
    expect(gaps).toEqual([
      { line: 1, kind: 'audit.restarted', at, detail: gone },
      { line: 2, kind: 'audit.resumed', at, detail: resumed },
    ]);
  });

  test('says at which line it is broken, and how', async () => {
    await damaged();
    expect(await runMain(['audit', 'verify', file])).toEqual({
      code: 1,
      stdout: '',
      stderr: `tenantry: ${file}: line 2 is not what was written: its hash is another (TENANTRY_STATE_DAMAGED)\n`,
    });
  });

  test('--json prints the verdict, either way', async () => {
    const whole = await runMain(['audit', 'verify', file, '--json']);
    expect(whole.code).toBe(0);
    expect(JSON.parse(whole.stdout)).toEqual({ file, ok: true, records: 4, lastHash, gaps: [] });
    await damaged();
    const broken = await runMain(['audit', 'verify', file, '--json']);
    expect(broken.code).toBe(1);
    expect(JSON.parse(broken.stdout)).toEqual({ file, ok: false, line: 2, why: 'hash-mismatch' });
  });
});

describe('tenantry audit show', () => {
  const show = (...args: string[]) => runMain(['audit', 'show', file, ...args]);
  const seqs = async (...args: string[]): Promise<number[]> => {
    const { stdout } = await show(...args, '--json');
    return (JSON.parse(stdout) as { records: { seq: number }[] }).records.map(({ seq }) => seq);
  };

  test('prints the records as a table: when, what, of whom, by whom', async () => {
    const { code, stdout, stderr } = await show();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const rows = stdout.split('\n').map((line) => line.replace(/ +/g, ' '));
    expect(rows.filter((line) => /^│ \d/.test(line))).toEqual([
      '│ 1 │ 2026-11-26 11:15:00 │ pool.started │ - │ - │ runtime │ name voice │',
      '│ 2 │ 2026-11-26 11:15:01 │ tenant.escalated │ acme │ - │ runtime │ from coroutine, to thread, score 5.2 │',
      '│ 3 │ 2026-11-26 11:15:02 │ session.kicked │ globex │ 3f2a91c0 │ uid 1000 │ - │',
      '│ 4 │ 2026-11-26 11:15:03 │ tenant.released │ acme │ - │ by hand │ from thread, to coroutine │',
    ]);
  });

  test('chooses by tenant, by session, and the last ones', async () => {
    expect(await seqs()).toEqual([1, 2, 3, 4]);
    expect(await seqs('--tenant', 'acme')).toEqual([2, 4]);
    expect(await seqs('--session', '3f2a91c0')).toEqual([3]);
    expect(await seqs('--last', '2')).toEqual([3, 4]);
    expect(await seqs('--tenant', 'acme', '--last', '1')).toEqual([4]);
  });

  test('shows 50 unless it is told, and says that there are more', async () => {
    await writeFile(file, fileText(sealedLines(Array.from({ length: 51 }, () => ENTRIES[1]!))));
    const { code, stderr } = await show();
    expect(code).toBe(0);
    expect(stderr).toBe('the last 50 of 51 records; --last N shows more\n');
    expect(await seqs()).toHaveLength(50);
    expect(await seqs('--last', '1000')).toHaveLength(51);
  });

  test('--json says how many pass', async () => {
    const { stdout } = await show('--tenant', 'acme', '--last', '1', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1, file, passing: 2 });
  });

  test('nothing that passes ends with 1', async () => {
    expect(await show('--tenant', 'umbrella')).toEqual({
      code: 1,
      stdout: '',
      stderr: `tenantry: ${file}: no record passes\n`,
    });
  });

  test('lines that are no record are told, the others shown', async () => {
    const lines = sealedLines();
    await writeFile(file, fileText([lines[0]!, 'hello', ...lines.slice(1)]));
    const one = await show();
    expect(one.code).toBe(1);
    expect(one.stdout).toContain('tenant.released');
    expect(one.stderr).toBe(`tenantry: ${file}: line 2 is no record (TENANTRY_STATE_DAMAGED)\n`);
    await writeFile(file, fileText(['hello', ...lines, 'hello']));
    expect((await show()).stderr).toBe(
      `tenantry: ${file}: 2 lines are no record, from line 1 on (TENANTRY_STATE_DAMAGED)\n`,
    );
  });

  test.each([20, 80, 200])(
    'no line is wider than %d columns, whatever stands in it',
    async (columns) => {
      const evil = { kind: EVIL, tenant: EVIL, session: EVIL, detail: { [EVIL]: EVIL } };
      await writeFile(file, fileText(sealedLines([...ENTRIES, evil])));
      const { stdout } = await runMain(['audit', 'show', file], {
        columns,
        env: { NO_COLOR: '1' },
      });
      for (const line of stdout.split('\n')) {
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        // Wide characters are counted as two columns by the table: never more than it may fill.
        expect(line.length).toBeLessThanOrEqual(columns);
      }
      expect(stdout).toContain('tenant.');
    },
  );
});

describe('wrong usage of tenantry audit', () => {
  test.each([
    [['audit', 'verify'], 'name either a file or --state-dir'],
    [['audit', 'show'], 'name either a file or --state-dir'],
    [['audit', 'verify', ''], 'name either a file or --state-dir'],
    [['audit', 'verify', 'a.jsonl', '--state-dir', '/tmp'], 'name either a file or --state-dir'],
    [['audit', 'verify', '--state-dir', ''], 'Expected a folder'],
    [['audit', 'show', 'a.jsonl', '--last', '0'], 'Expected a whole number from 1 to 100000'],
    [['audit', 'show', 'a.jsonl', '--last', 'all'], 'Expected a whole number from 1 to 100000'],
    [['audit', 'show', 'a.jsonl', '--tenant', 'a/b'], 'expected 1 to 128 letters'],
    [['audit', 'show', 'a.jsonl', '--session', 'short'], 'at least its first 8 characters'],
    [['audit', 'shwo'], 'unknown command'],
  ])('%j ends with 2', async (args, said) => {
    const { code, stdout, stderr } = await runMain(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(said);
  });

  test.each([
    ['verify', 'missing: it cannot be read', 'TENANTRY_STATE_FAILED'],
    ['show', 'cannot read', 'TENANTRY_FILE_UNREADABLE'],
  ])('%s of a file that cannot be read ends with 1', async (command, said, refusal) => {
    const { code, stdout, stderr } = await runMain([
      'audit',
      command,
      path.join(folder, 'missing'),
    ]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(said);
    expect(stderr).toContain(`(${refusal})`);
    expect((await runMain(['audit', command, folder])).stderr).toContain(`(${refusal})`);
  });
});

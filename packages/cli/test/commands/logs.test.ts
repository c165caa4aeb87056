import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { recordedPool, runMain } from '../fixtures/recorded-pool.js';
import { BIN, environment, run } from '../fixtures/run.js';
import { sampleSnapshot } from '../fixtures/sample-snapshot.js';

const NOON_MS = Date.parse('2026-11-26T12:00:00.000Z');
const SESSION = '3f2a91c0-0000-4000-8000-000000000001';
const line = (fields: object): string =>
  JSON.stringify({ level: 30, time: NOON_MS, pid: 1, hostname: 'h', name: 'tenantry', ...fields });
const LINES = [
  line({
    tenant: 'acme',
    agent: 'billing',
    session: SESSION,
    isolate: 'main',
    order: 7,
    msg: 'paid',
  }),
  'no json \u001b[31m at all, password=hunter22',
  line({ level: 40, time: NOON_MS + 60_000, tenant: 'acme', msg: 'slow' }),
  line({
    level: 50,
    time: NOON_MS + 120_000,
    tenant: 'globex',
    agent: 'support',
    err: { type: 'TypeError', message: 'boom', stack: 'TypeError: boom\n    at f (a.js:1:2)' },
    msg: 'evil \u001b]0;title\u0007\u202e token: abcdefgh',
  }),
];

let folder: string;
let file: string;
const left: ChildProcess[] = [];
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'tenantry-cli-'));
  file = path.join(folder, 'a.log');
  await writeFile(file, LINES.map((one) => `${one}\n`).join(''));
});
afterEach(async () => {
  for (const child of left.splice(0)) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

const logs = (...words: string[]) => runMain(['logs', file, ...words]);

describe('tenantry logs', () => {
  test('shows whose line it is and what it says, without what a terminal would obey, and no secret', async () => {
    const { stdout, stderr, code } = await logs();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n')).toEqual([
      '2026-11-26 12:00:00.000 INFO  acme/billing 3f2a91c0 main paid order=7',
      'no json  at all, password=[masked]',
      '2026-11-26 12:01:00.000 WARN  acme slow',
      '2026-11-26 12:02:00.000 ERROR globex/support evil  token: [masked]',
      '    TypeError: boom',
      '    at f (a.js:1:2)',
      '',
    ]);
  });

  test.each([
    [
      ['--tenant', 'acme'],
      ['paid', 'slow'],
    ],
    [['--agent', 'billing'], ['paid']],
    [['--session', '3f2a91c0'], ['paid']],
    [
      ['--level', 'warn'],
      ['slow', 'evil'],
    ],
    [
      ['--since', '2026-11-26T12:01:00Z'],
      ['slow', 'evil'],
    ],
    [['--tenant', 'acme', '--level', 'warn'], ['slow']],
  ])('%j', async (words, messages) => {
    const { stdout, code } = await logs(...words, '--json');
    expect(code).toBe(0);
    const shown = stdout
      .trimEnd()
      .split('\n')
      .map((one) => (JSON.parse(one) as { msg: string }).msg.split(' ')[0]);
    expect(shown).toEqual(messages);
    expect(stdout).not.toContain('\u001b');
  });

  test('--since reads the files that were rotated away meanwhile too', async () => {
    await writeFile(`${file}.1`, `${line({ msg: 'before' })}\n`);
    expect((await logs('--since', '2026-11-26T12:00:00Z')).stdout).toMatch(/before\n.*paid/);
    expect((await logs()).stdout).not.toContain('before');
  });

  test.each([
    [['--tenant', 'nobody'], 1, 'no line passes'],
    [['--since', 'soon'], 2, 'Expected a time'],
    [['--since', '2026-99-99'], 2, 'Expected a time'],
    [['--level', 'loud'], 2, 'Expected one of trace'],
    [['--session', '3f2'], 2, 'at least its first 8 characters'],
    [['--tenant', 'a b'], 2, 'TENANTRY_TENANT_ID_INVALID'],
    [['--agent', '../x'], 2, 'TENANTRY_AGENT_NAME_INVALID'],
  ])('%j ends with %d', async (words, exitCode, said) => {
    const { stdout, stderr, code } = await logs(...words);
    expect({ stdout, code }).toEqual({ stdout: '', code: exitCode });
    expect(stderr).toContain(said);
  });

  test('a file that cannot be read is told', async () => {
    for (const words of [[], ['--follow']]) {
      const { stderr, code } = await runMain(['logs', `${file}.none`, ...words]);
      expect({ stderr, code }).toEqual({
        stderr: `tenantry: cannot read ${file}.none: no such file or directory (TENANTRY_FILE_UNREADABLE)\n`,
        code: 1,
      });
    }
  });

  test('without a file it is that of the pool, which may have none', async () => {
    const pool = await recordedPool();
    try {
      const none = await pool.run(['logs']);
      expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining('TENANTRY_LOG_NONE') });
      const snapshot = sampleSnapshot();
      pool.reply = () => ({ ...snapshot, runtime: { ...snapshot.runtime, logFile: file } });
      expect((await pool.run(['logs', '--tenant', 'globex'])).stdout).toContain('TypeError: boom');
    } finally {
      await pool.close();
    }
  });

  test('reads stdin, and is quiet where nobody reads on', async () => {
    const big = path.join(folder, 'big.log');
    await writeFile(big, `${LINES[0]}\n`.repeat(20_000));
    const command = `"$0" "$1" logs - --level info < "$2" | head -n 2`;
    const env = environment(folder);
    const ran = await run('sh', ['-c', command, process.execPath, BIN, big], env);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout.match(/paid/g)).toHaveLength(2);
  });

  test('reads stdin as it comes', async () => {
    const child = spawn(process.execPath, [BIN, 'logs', '-'], { env: environment(folder) });
    left.push(child);
    const ended = once(child, 'close');
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    let shown = 0;
    const someShown = new Promise<void>((resolve) => {
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        shown += text.match(/paid/g)?.length ?? 0;
        if (shown > 0) resolve();
      });
    });
    child.stdin.on('error', () => {});
    child.stdin.write(`${LINES[0]}\n`);
    // The pipe is empty by then, and not at its end.
    await Promise.race([someShown, ended]);
    child.stdin.end(`${LINES[0]}\n`);
    const [code] = (await ended) as [number | null];
    expect({ code, stderr, shown }).toEqual({ code: 0, stderr: '', shown: 2 });
  });

  test('--follow shows the end, what comes, also after a rotation, and ends with Ctrl-C', async () => {
    await writeFile(file, `${line({ msg: 'early' })}\n`.repeat(50) + `${line({ msg: 'late' })}\n`);
    const child = spawn(process.execPath, [BIN, 'logs', file, '--follow'], {
      env: environment(folder),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    left.push(child);
    let told = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (told += text));
    const says = async (text: string): Promise<void> => {
      const endMs = performance.now() + 20_000;
      while (!told.includes(text)) {
        if (performance.now() > endMs) throw new Error(`not told: ${text}, but ${told}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    await says('late');
    expect(told.match(/early/g)).toHaveLength(9);
    const half = line({ msg: 'in two pieces' });
    await appendFile(file, half.slice(0, 40));
    await appendFile(file, `${half.slice(40)}\n${line({ msg: 'last of the old' })}\n`);
    await rename(file, `${file}.1`);
    await writeFile(file, `${line({ msg: 'first of the new' })}\n`);
    await says('first of the new');
    expect(told).toContain('in two pieces');
    expect(told).toContain('last of the old');
    child.kill('SIGINT');
    // A shell makes 130 of it.
    expect(await once(child, 'exit')).toEqual([null, 'SIGINT']);
  });
});

/** Secrets planted everywhere turn up nowhere: not in the log, nor in anything a pool or a command shows. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { environment, runBin } from '../fixtures/run.js';

const POOL = fileURLToPath(new URL('../fixtures/secretive-pool.js', import.meta.url));
const SECRETS = Object.fromEntries(
  ['config', 'nested', 'payload', 'metadata', 'message', 'env', 'marked'].map((where) => [
    where,
    `canary-of-${where}-Zq7Xw2Lk9Bv4`,
  ]),
);
const TENANTS = ['onloop', 'onthread', 'onchild'];

test('canaries in env, config, payload, metadata, errors, causes and output are absent from every output', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'tenantry-secrets-'));
  const env = environment(folder, {
    TEST_SECRETS: JSON.stringify(SECRETS),
    LLM_ACCESS_TOKEN: SECRETS['env'],
  });
  const pool = spawn(process.execPath, [POOL], {
    env,
    cwd: folder,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const ended = once(pool, 'exit');
  let told = '';
  pool.stderr.setEncoding('utf8').on('data', (text: string) => (told += text));
  const [first] = (await Promise.race([once(pool.stdout, 'data'), ended])) as unknown[];
  expect({ first: String(first), told }).toMatchObject({ first: 'ready\n' });

  const outputs = new Map<string, string>();
  const commands = [
    ['snapshot'],
    ['snapshot', '--json'],
    ['top', '--once'],
    ['settings', '--json'],
    ['triage'],
    ['logs'],
    ['logs', '--json'],
    ...TENANTS.map((tenant) => ['explain', tenant]),
    ['audit', 'show', '--state-dir', 'state', '--json', '--last', '1000'],
  ];
  for (const words of commands) {
    const { stdout, stderr, code } = await runBin(words, env, folder);
    outputs.set(words.join(' '), stdout + stderr);
    if (words[0] !== 'triage') expect({ words, code, stderr }).toMatchObject({ code: 0 });
  }
  pool.stdin.end();
  await ended;
  outputs.set('stderr', told);
  for (const file of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    const where = path.join(file.parentPath ?? file.path, file.name);
    outputs.set(path.relative(folder, where), await readFile(where, 'utf8'));
  }

  const log = outputs.get('service.log')!;
  // What was to be masked has come this far, on every rung.
  for (const rung of ['coroutine', 'thread', 'process']) {
    const own = log.split('\n').filter((line) => line.includes(`"rung":"${rung}"`));
    expect(own.filter((line) => line.includes('[masked]')).length).toBeGreaterThan(3);
  }
  expect([...outputs.keys()]).toEqual(
    expect.arrayContaining(['service.log', 'metrics.jsonl', 'state/audit.jsonl']),
  );
  const leaks = [...outputs].flatMap(([where, text]) =>
    Object.values(SECRETS)
      .filter((secret) => text.includes(secret))
      .map((secret) => {
        const at = text.indexOf(secret);
        return `${where}: …${text.slice(Math.max(0, at - 120), at + secret.length)}`;
      }),
  );
  expect(leaks).toEqual([]);
  await rm(folder, { recursive: true });
}, 120_000);

import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AgentPool, defineAgent } from '@tenantry/core';
import { runMain } from '../fixtures/recorded-pool.js';

const SECRET = 'Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2VjcmV0c2VjcmV0c2VjcmV0';
const MORE = { hostile: '\u001b[31m\u202e', lines: [1] };
const broken = defineAgent({
  name: 'broken',
  run() {
    throw Object.assign(new Error('the provider\u001b[31m is down'), { code: 'EPROVIDER' });
  },
});
const log = {
  level: 'silent',
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => log,
};

let folder: string;
let stateDir: string;
let socket: string;
let pool: AgentPool;
const ids: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'tenantry-cli-'));
  stateDir = path.join(folder, 'state');
  socket = path.join(folder, 'run', 'pool.sock');
  pool = new AgentPool(
    {
      agents: [broken],
      stateDir,
      introspectionSocketPath: socket,
      jobs: { retry: { maxAttempts: 2, baseDelayMs: 1 } },
    },
    { log },
  );
  await pool.start();
  for (const tenant of ['acme', 'acme', 'globex']) {
    const input = { order: 7, apiKey: 'zebra-key', note: SECRET, ...MORE };
    const { id } = await pool.jobs.submit({ tenant, agent: 'broken', input });
    await pool.jobs.settled(id);
    ids.push(id);
  }
});
afterAll(async () => {
  await pool.close();
  await rm(folder, { recursive: true, force: true });
});

const ask = (...args: string[]) => runMain(['deadletters', ...args, '--socket', socket]);
const offline = (...args: string[]) => runMain(['deadletters', ...args, '--state-dir', stateDir]);

describe('tenantry deadletters', () => {
  test('list shows them newest first, of a pool and of its file alike', async () => {
    const live = await ask('list');
    expect([live.code, live.stderr]).toEqual([0, '']);
    expect(live.stdout).toContain('the provider is down (EPROVIDER)');
    expect((await offline('list')).stdout).toBe(live.stdout);
    const json = await ask('list', '--tenant', 'acme', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({
      schemaVersion: 1,
      total: 2,
      jobs: [{ id: ids[1] }, { id: ids[0] }],
    });
    const cut = await ask('list', '--last', '1');
    expect(cut.stderr).toBe('the last 1 of 3; --last N shows more\n');
  });

  test('show has the payload and every attempt, with secrets masked; what is kept is exact', async () => {
    for (const shown of [await ask('show', ids[0]!.slice(0, 8)), await offline('show', ids[0]!)]) {
      expect(shown.code).toBe(0);
      expect(shown.stdout).toContain(
        [
          'Input',
          '{',
          '  "order": 7,',
          '  "apiKey": "[masked]",',
          '  "note": "Bearer [masked]",',
          '  "hostile": "\\u001b[31m\\u202e",',
          '  "lines": [',
          '    1',
          '  ]',
          '}',
          'Metadata',
          '{}',
        ].join('\n'),
      );
      expect(shown.stdout.match(/the provider/g)).toHaveLength(2);
      expect(shown.stdout).not.toMatch(/zebra|eyJzdWI/);
    }
    const json = await ask('show', ids[0]!, '--json');
    expect(json.stdout).not.toMatch(/zebra|eyJzdWI/);
    expect(pool.jobs.deadLetters.get(ids[0]!)!.input).toEqual({
      order: 7,
      apiKey: 'zebra-key',
      note: SECRET,
      ...MORE,
    });
  });

  test('retry queues one again, drop forgets; a dry run does neither', async () => {
    const dry = await ask('retry', '--all', '--dry-run');
    expect(dry.stdout).toContain('dry run: 3 dead letters are queued again');
    expect(pool.jobs.deadLetters.list()).toHaveLength(3);
    const retried = await ask('retry', ids[2]!);
    expect([retried.code, retried.stderr]).toEqual([0, '']);
    expect(await pool.jobs.settled(ids[2]!)).toMatchObject({ attemptCount: 4 });
    const dropped = await ask('drop', '--tenant', 'acme', '--json');
    expect(JSON.parse(dropped.stdout)).toMatchObject({
      command: 'deadletters',
      changed: true,
      before: { deadLetters: 2 },
      after: { deadLetters: 0 },
      isAudited: true,
    });
    const explained = await runMain(['explain', 'acme', '--socket', socket]);
    expect(explained.stdout.replace(/\s+/g, ' ')).toContain('2 of its dead letters dropped');
  });

  test('of none says so, and exits with 1; wrong usage with 2', async () => {
    expect(await ask('list', '--tenant', 'nobody')).toMatchObject({ code: 1, stdout: '' });
    const unknown = await ask('show', 'ffffffff-none');
    expect([unknown.code, unknown.stderr]).toEqual([
      1,
      expect.stringContaining('TENANTRY_JOB_UNKNOWN'),
    ]);
    expect(await offline('show', 'ffffffff-none')).toMatchObject({ code: 1 });
    for (const args of [
      ['retry'],
      ['drop', ids[0]!, '--all'],
      ['show', 'x'],
      ['list', '--last', '0'],
    ]) {
      expect(await ask(...args)).toMatchObject({ code: 2 });
    }
  });

  test('the snapshot tells of jobs and of the agent whose retries keep failing', async () => {
    const { stdout } = await runMain(['snapshot', '--socket', socket]);
    expect(stdout.replace(/\s+/g, ' ')).toMatch(/jobs 0 running .* dead letters/);
    expect(stdout.replace(/\s+/g, ' ')).toContain('jobs of broken keep failing');
  });
});

/** Which audit trail a replay is put into, of pools that say which state directory they use. */
import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { serveInspector } from '@tenantry/core/internal';
import { StateLock } from '@tenantry/core/internal/host';
import { auditReplay, type Audited } from '../../src/replay/replay-audit.js';
import { sampleSnapshot } from '../fixtures/sample-snapshot.js';

const ACT = {
  mode: 'execute',
  tenant: 'acme',
  session: 's-1',
  agent: 'orders',
  rung: 'thread',
  agentHash: null,
  recordingHash: 'a'.repeat(64),
} as const;

let folder: string;
let audited: string[];
let stops: (() => Promise<void>)[];
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'tenantry-audit-'));
  await mkdir(path.join(folder, 'tenantry'), { mode: 0o700 });
  audited = [];
  stops = [];
});
afterEach(async () => {
  for (const stop of stops) await stop();
  await rm(folder, { recursive: true, force: true });
});

/** One that uses the state directory of its name, and says so unless told not to. */
async function pool(name: string, { isTold = true } = {}): Promise<string> {
  const stateDir = path.join(folder, name);
  await mkdir(stateDir, { mode: 0o700 });
  const attempt = await StateLock.take(stateDir, 'lock');
  if (attempt.state !== 'held') throw new Error('the lock is taken');
  const snapshot = sampleSnapshot();
  const runtime = { ...snapshot.runtime, name, ...(isTold ? { stateDir } : {}) };
  const socket = path.join(folder, 'tenantry', `${name}.sock`);
  const server = await serveInspector(socket, (request) => {
    if (request.command === 'snapshot') return Promise.resolve({ ...snapshot, runtime });
    audited.push(name);
    const [target, said] = ['s-1', 'replayed'];
    const done = { command: 'replay', target, said, isDryRun: false, changed: true };
    return Promise.resolve({ ...done, before: {}, after: {}, isAudited: true });
  });
  stops.push(() => server.close());
  return socket;
}

const audit = (stateDir: string, named?: string, env: NodeJS.ProcessEnv = {}): Promise<Audited> =>
  auditReplay(ACT, {
    stateDir: path.join(folder, stateDir),
    socket: named,
    env: { XDG_RUNTIME_DIR: folder, ...env },
    uid: 1_000,
  });

test('it is that of the pool that uses the state directory, whichever pool is named elsewhere', async () => {
  const one = await pool('one');
  const two = await pool('two');

  await symlink(folder, path.join(folder, 'link'));
  expect(await audit('one')).toBe('pool');
  expect(await audit('link/one')).toBe('pool');
  expect(await audit('one', undefined, { TENANTRY_SOCKET: two })).toBe('pool');
  expect(await audit('one', undefined, { TENANTRY_SOCKET: '/nowhere.sock' })).toBe('pool');
  expect(await audit('one', one)).toBe('pool');
  expect(audited).toEqual(['one', 'one', 'one', 'one', 'one']);
  expect(await audit('two', undefined, { TENANTRY_SOCKET: one })).toBe('pool');
  expect(audited.at(-1)).toBe('two');
});

test('it is refused where no pool that answers uses it', async () => {
  const one = await pool('one');
  await pool('silent', { isTold: false });
  for (const named of [one, path.join(folder, 'none.sock'), undefined]) {
    await expect(audit('silent', named, { TENANTRY_SOCKET: one })).rejects.toMatchObject({
      code: 'TENANTRY_REPLAY_NOT_AUDITED',
      message: expect.stringMatching(/silent: a pool of process \d+ uses it, and no/),
    });
  }
  expect(audited).toEqual([]);
  expect(await audit('free', undefined, { TENANTRY_SOCKET: one })).toBe('state-dir');
  expect(audited).toEqual([]);
  const trail = await readFile(path.join(folder, 'free', 'audit.jsonl'), 'utf8');
  expect(JSON.parse(trail)).toMatchObject({ kind: 'replay.executed', tenant: 'acme' });
});

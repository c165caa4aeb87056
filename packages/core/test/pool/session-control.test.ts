import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { tempFolder } from '../temp-folder.js';
import { makePool, patient, startedPool } from './test-pool.js';

test('a drain of the whole pool by hand is in the audit trail', async () => {
  const stateDir = tempFolder();
  const { pool } = await startedPool({ stateDir, agents: [patient] });
  await pool.open({ agent: 'patient' });
  await pool.drain({ timeoutMs: 0 });
  await pool.close();
  const trail = await readFile(path.join(stateDir, 'audit.jsonl'), 'utf8');
  const records = trail
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { kind: string });
  expect(records.find(({ kind }) => kind === 'pool.drained')).toMatchObject({
    actor: { kind: 'operator', via: 'api' },
    detail: { timeoutMs: 0, finished: 0, drained: 1 },
  });
});

test('a pool that was not started can be drained', async () => {
  const { pool } = makePool();
  expect(await pool.drain({ timeoutMs: 0 })).toEqual({ finished: 0, drained: 0 });
});

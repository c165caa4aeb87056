import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { parseInspectorRequest } from '../../src/inspector/inspector-protocol.js';
import { auditReplayOffline } from '../../src/pool/replay-audit.js';
import { StateDir } from '../../src/state/state-dir.js';
import { caught, thrownBy } from '../caught.js';
import { tempFolder } from '../temp-folder.js';
import { ALICE, controlled } from './controlled.js';

const ACT = {
  mode: 'execute',
  tenant: 'gone',
  session: 's-1',
  agent: 'orders',
  rung: 'thread',
  agentHash: null,
  recordingHash: 'a'.repeat(64),
} as const;

test('a pool puts a replay into its trail, of a tenant it does not know too', async () => {
  const it = await controlled();
  const reply = await it.ask({ command: 'replay', ...ACT });
  expect(reply).toMatchObject({ target: 's-1', changed: true, isAudited: true });
  expect(reply).toMatchObject({ said: 'session s-1 of tenant "gone" is replayed (execute)' });
  await it.ask({ command: 'replay', ...ACT, mode: 'dry-run' });
  expect(it.acts()).toEqual([
    ['replay.executed', ALICE, null],
    ['replay.dry-run', ALICE, null],
  ]);
});

test.each([
  { mode: 'wet' },
  { rung: 'quarantined' },
  { tenant: '../x' },
  { session: 'a b' },
  { agent: '' },
  { agentHash: 'abc' },
  { recordingHash: null },
])('an act with %j is refused', (wrong) => {
  const line = JSON.stringify({ command: 'replay', ...ACT, ...wrong });
  expect(thrownBy(() => parseInspectorRequest(line)).code).toBe('TENANTRY_OPTIONS_INVALID');
  const whole = { command: 'replay', uid: null, dryRun: false, ...ACT };
  expect(parseInspectorRequest(JSON.stringify(whole))).toEqual(whole);
});

test('without a pool it is put there all the same, and never beside one that runs', async () => {
  const folder = path.join(tempFolder(), 'state');
  await auditReplayOffline(folder, ACT, 1_000);
  const trail = await readFile(path.join(folder, 'audit.jsonl'), 'utf8');
  expect(JSON.parse(trail)).toMatchObject({
    kind: 'replay.executed',
    tenant: 'gone',
    session: 's-1',
    actor: { kind: 'operator', uid: 1_000 },
    detail: { mode: 'execute', agent: 'orders', rung: 'thread' },
  });
  const dir = await StateDir.open(folder);
  const refused = await caught(() => auditReplayOffline(folder, ACT, 1_000));
  expect(refused.code).toBe('TENANTRY_STATE_IN_USE');
  await dir.close();
});

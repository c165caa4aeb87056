import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readAgentFolder } from '../../src/source/agent-folder.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'tenantry-agents-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const put = (file: string, text: string): Promise<void> =>
  writeFile(path.join(folder, file), text, { mode: 0o644 });

test('a module that blocks, ends or leaves its process is its own failure, and no other file suffers', async () => {
  await put('a-spins.js', 'for (;;);');
  await put('b-kills.js', "process.kill(process.pid, 'SIGKILL'); await new Promise(() => {});");
  await put('c-exits.js', 'process.exit(9);');
  await put('d-hides.js', 'try { process.exit(3); } catch {}; export default 1;');
  await put('e-value.js', 'export default 1;');
  const rows = await readAgentFolder(folder, { stuckAfterMs: 3_000 });
  expect(rows).toEqual([
    {
      file: 'a-spins.js',
      code: 'TENANTRY_AGENT_LOAD_TIMEOUT',
      message: expect.stringContaining('"a-spins.js": it has blocked its loading for 3000 ms'),
    },
    {
      file: 'b-kills.js',
      code: 'TENANTRY_AGENT_LOAD_FAILED',
      message: expect.stringContaining('it ended the process that loaded it (SIGKILL)'),
    },
    {
      file: 'c-exits.js',
      code: 'TENANTRY_AGENT_LOAD_FAILED',
      message: expect.stringContaining('it called process.exit(9)'),
    },
    {
      file: 'd-hides.js',
      code: 'TENANTRY_AGENT_LOAD_FAILED',
      message: expect.stringContaining('it called process.exit(3)'),
    },
    { file: 'e-value.js', code: 'TENANTRY_AGENT_INVALID', message: expect.any(String) },
  ]);
  expect(await readAgentFolder(folder, { only: ['e-value.js'] })).toEqual([rows[4]]);
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readAgentFolder } from '../../src/source/agent-folder.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'tenantry-agents-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('readAgentFolder', () => {
  test('a module that never gives its loop back is given up', async () => {
    await writeFile(path.join(folder, 'spins.js'), 'for (;;);', { mode: 0o644 });
    await expect(readAgentFolder(folder, { stuckAfterMs: 2_000 })).rejects.toMatchObject({
      code: 'TENANTRY_AGENT_LOAD_TIMEOUT',
      message: expect.stringContaining('blocked the loading for 2000 ms'),
    });
  });

  test('a module that kills its process is told by the signal', async () => {
    const text = "process.kill(process.pid, 'SIGKILL'); await new Promise(() => {});";
    await writeFile(path.join(folder, 'kills.js'), text, { mode: 0o644 });
    await expect(readAgentFolder(folder)).rejects.toMatchObject({
      code: 'TENANTRY_AGENT_LOAD_FAILED',
      message: expect.stringContaining('(SIGKILL)'),
    });
  });
});

import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import type { AttemptFact } from '../../src/recorder/session-facts.js';
import { dryRunFlags } from '../../src/guard/dry-run.js';

const FIXTURE = fileURLToPath(new URL('tries-everything.js', import.meta.url));
const MAY_DO = [
  'read a file',
  'read a file as a promise',
  'read by a stream',
  'print',
  'signal itself',
];

test.each([
  ['by the guard alone', []],
  ['behind the flags of Node', dryRunFlags()],
])('acts of an agent are refused and told, %s', async (_, flags) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'tenantry-guard-'));
  try {
    await writeFile(path.join(folder, 'kept'), 'as it was');
    const run = promisify(execFile)(process.execPath, [...flags, FIXTURE, folder]);
    const { stdout } = await run;
    const { became, told } = JSON.parse(stdout) as {
      became: Record<string, string>;
      told: AttemptFact[];
    };
    const allowed = Object.keys(became).filter((name) => became[name] === 'allowed');
    expect(allowed).toEqual(MAY_DO);
    const others = Object.entries(became).filter(
      ([, how]) => how !== 'allowed' && how !== 'TENANTRY_DRY_RUN_REFUSED',
    );
    expect(others).toEqual([]);
    expect(await readdir(folder)).toEqual(['kept']);

    const calls = new Set(told.map(({ call }) => call));
    expect([...calls].sort()).toEqual(
      expect.arrayContaining([
        'child_process.exec',
        'child_process.spawn',
        'dgram.send',
        'dns.lookup',
        'fetch',
        'fs.mkdir',
        'fs.open',
        'fs.writeFile',
        'net.connect',
        'net.listen',
        'process.kill',
        'worker_threads.Worker',
      ]),
    );
    expect(told.find(({ call }) => call === 'fs.mkdir')).toMatchObject({
      target: path.join(folder, 'made'),
      where: expect.stringMatching(/mkdir \(.*tries-everything\.ts:\d+\)/),
      count: 1,
    });
    expect(JSON.stringify(told)).not.toMatch(/secret|password/);
    const most = Math.max(...told.map(({ count }) => count));
    expect(most).toBe(1_000);
    expect(told.length).toBeLessThan(200);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { runBin, runtimeDirectory, type Ran, type RuntimeDirectory } from '../fixtures/run.js';

const CORE = pathToFileURL(createRequire(import.meta.url).resolve('@tenantry/core')).href;
const agent = (name: string): string =>
  `import { defineAgent } from '${CORE}';\n` +
  `export default defineAgent({ name: '${name}', run() {} });\n`;

let runtime: RuntimeDirectory;
let folder: string;
beforeEach(async () => {
  runtime = await runtimeDirectory();
  folder = path.join(runtime.path, 'agents');
  await mkdir(folder);
});
afterEach(() => runtime.remove());

const put = (file: string, text: string): Promise<void> =>
  writeFile(path.join(folder, file), text, { mode: 0o644 });
const list = (args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<Ran> =>
  runBin(['list', folder, ...args], runtime.env(env));

describe('tenantry list', () => {
  test('shows the agents of a folder, and passes over what is no agent file', async () => {
    await put('support.js', agent('support'));
    await put('billing.mjs', agent('invoices'));
    await put('_private.js', 'throw new Error("not to be loaded")');
    await put('notes.txt', 'not code');
    expect(await list()).toEqual({
      stdout: [
        '┌──────────┬─────────────┬────────┐',
        '│ agent    │ file        │ status │',
        '├──────────┼─────────────┼────────┤',
        '│ invoices │ billing.mjs │ ok     │',
        '│ support  │ support.js  │ ok     │',
        '└──────────┴─────────────┴────────┘',
        '',
      ].join('\n'),
      stderr: '',
      code: 0,
    });
    expect(await list(['--plain'])).toEqual({ stdout: 'invoices\nsupport\n', stderr: '', code: 0 });
    const { stdout } = await list(['--json']);
    expect(JSON.parse(stdout)).toEqual({
      schemaVersion: 1,
      agents: [
        { name: 'invoices', file: 'billing.mjs' },
        { name: 'support', file: 'support.js' },
      ],
      failed: [],
    });
  });

  test('lists the good ones beside those that fail, each with its reason', async () => {
    await put('a.js', agent('same'));
    await put('b.js', agent('same'));
    await put('exits.js', 'process.exit(0);');
    await put('syntax.js', 'export default {');
    await put('throws.js', 'throw new Error("no \\u001b[31m key: password=CANARY1234567");');
    await put('value.js', 'export default 3;');
    await symlink('a.js', path.join(folder, 'link.js'));
    const { stdout, stderr, code } = await list(['--json']);
    expect(code).toBe(1);
    const document = JSON.parse(stdout) as {
      agents: { name: string }[];
      failed: { file: string; code: string; message: string }[];
    };
    expect(document.agents).toEqual([{ name: 'same', file: 'a.js' }]);
    expect(document.failed.map(({ file, code }) => [file, code])).toEqual([
      ['b.js', 'TENANTRY_AGENT_DUPLICATE'],
      ['exits.js', 'TENANTRY_AGENT_LOAD_FAILED'],
      ['link.js', 'TENANTRY_AGENT_PATH_REFUSED'],
      ['syntax.js', 'TENANTRY_AGENT_LOAD_FAILED'],
      ['throws.js', 'TENANTRY_AGENT_LOAD_FAILED'],
      ['value.js', 'TENANTRY_AGENT_INVALID'],
    ]);
    const sentences = stderr.trimEnd().split('\n');
    expect(sentences).toHaveLength(6);
    for (const line of sentences)
      expect(line).toMatch(/^tenantry: agent file .* \(TENANTRY_\w+\)$/);
    expect(stdout + stderr).not.toContain('\u001b');
    expect(await list(['--plain'])).toMatchObject({ stdout: 'same\n', code: 1 });
    const table = await list();
    expect(table.stdout).toContain('did not load: Error: no  key: password=[masked]');
    expect(stdout + stderr + table.stdout + table.stderr).not.toContain('CANARY');
  });

  test('what a module leaves open does not keep it, what it prints is no data', async () => {
    await put(
      'open.js',
      `${agent('open')}import net from 'node:net';
       setInterval(() => {}, 1000);
       net.createServer().listen(0);
       console.log('loading');`,
    );
    expect(await list(['--plain'])).toEqual({ stdout: 'open\n', stderr: 'loading\n', code: 0 });
  });

  test('a module that fails after its loading is told of', async () => {
    await put(
      'late.js',
      'setTimeout(() => { throw new Error("late"); }); await new Promise(() => {});',
    );
    await put('other.js', agent('other'));
    const { stdout, stderr, code } = await list(['--plain']);
    expect({ stdout, code }).toEqual({ stdout: 'other\n', code: 1 });
    expect(stderr).toContain('Error: late');
    expect(stderr).toMatch(
      /"late\.js": it ended the process that loaded it \(exit code \d+\) \(TENANTRY_AGENT_LOAD_FAILED\)\n$/,
    );
  });

  test('a folder without agents is nothing found', async () => {
    expect(await list()).toEqual({
      stdout: '',
      stderr: `tenantry: no agent files in "${folder}" (TENANTRY_AGENT_NONE)\n`,
      code: 1,
    });
    const { stdout, code } = await list(['--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({ schemaVersion: 1, agents: [], failed: [] });
  });

  test('a missing folder is a failure, contrary options are wrong usage', async () => {
    const missing = await runBin(['list', '/no/such\u001b[2J'], runtime.env());
    expect(missing).toMatchObject({ stdout: '', code: 1 });
    expect(missing.stderr).toMatch(
      /^tenantry: no folder "\P{Cc}*" \(TENANTRY_AGENT_PATH_REFUSED\)\n$/u,
    );
    const contrary = await list(['--json', '--plain']);
    expect(contrary).toMatchObject({ stdout: '', code: 2 });
    expect(contrary.stderr).toContain("'--plain' cannot be used with option '--json'");
  });
});

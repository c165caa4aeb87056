import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { findAgents } from '../../src/pool/discovery.js';
import { caught } from '../caught.js';
import { ManualClock } from '../manual-clock.js';
import { tempFolder } from '../temp-folder.js';
import { makePool } from './test-pool.js';

const AGENT_MODULE = new URL('../../src/host/agent.js', import.meta.url).href;
const agentFile = (name: string): string =>
  `import { defineAgent } from '${AGENT_MODULE}';\nexport default defineAgent({ name: '${name}', run: () => '${name}' });\n`;

function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = tempFolder();
  for (const [file, text] of Object.entries(files))
    writeFileSync(path.join(folder, file), text, { mode: 0o644 });
  return folder;
}

const BAD: readonly (readonly [string, string, string, RegExp])[] = [
  ['a syntax error', 'export default {{', 'TENANTRY_AGENT_LOAD_FAILED', /SyntaxError/],
  [
    'a top-level throw',
    'throw new RangeError("no key");',
    'TENANTRY_AGENT_LOAD_FAILED',
    /RangeError: no key/,
  ],
  ['a top-level throw of null', 'throw null;', 'TENANTRY_AGENT_LOAD_FAILED', /null/],
  [
    'a top-level throw of what cannot be printed',
    'throw { name: Object.create(null), message: Symbol() };',
    'TENANTRY_AGENT_LOAD_FAILED',
    /did not load/,
  ],
  [
    'an import that is not there',
    'import "./nowhere.mjs";',
    'TENANTRY_AGENT_LOAD_FAILED',
    /nowhere/,
  ],
  [
    'no default export',
    'export const agent = 1;',
    'TENANTRY_AGENT_INVALID',
    /it has no default export/,
  ],
  [
    'a default export that only looks like an agent',
    'export default { name: "bad", run() {} };',
    'TENANTRY_AGENT_INVALID',
    /not made by defineAgent/,
  ],
  ['a malformed agent name', agentFile('a b'), 'TENANTRY_AGENT_LOAD_FAILED', /agent name "a b"/],
];

describe('discovery', () => {
  test('registers every agent of a folder in the order of the file names', async () => {
    const { pool } = makePool({ agents: [] });
    const folder = folderOf({ 'b.mjs': agentFile('beta'), 'a.mjs': agentFile('alpha') });
    expect(await pool.discover(folder)).toEqual(['alpha', 'beta']);
    expect(pool.list().map(({ agent, url }) => [agent.name, url])).toEqual([
      ['alpha', pathToFileURL(path.join(folder, 'a.mjs')).href],
      ['beta', pathToFileURL(path.join(folder, 'b.mjs')).href],
    ]);
    const { pool: other } = makePool({ agents: [] });
    expect(await other.discover(pathToFileURL(`${folder}/`))).toEqual(['alpha', 'beta']);
  });

  test('looks at agent modules only', async () => {
    const { pool } = makePool({ agents: [] });
    const folder = folderOf({
      'good.mjs': agentFile('good'),
      'index.mjs': 'throw 1',
      '_helper.mjs': 'throw 1',
      '.hidden.mjs': 'throw 1',
      'good.test.mjs': 'throw 1',
      'good.spec.mjs': 'throw 1',
      'good.d.mts': 'throw 1',
      'notes.md': 'text',
      'old.cjs': 'throw 1',
    });
    mkdirSync(path.join(folder, 'nested'));
    expect(await pool.discover(folder)).toEqual(['good']);
  });

  test.each(BAD)('refuses a file with %s', async (_name, text, code, message) => {
    const { pool } = makePool({ agents: [] });
    const error = await caught(() => pool.discover(folderOf({ 'bad.mjs': text })));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.message).toContain('"bad.mjs"');
  });

  test('refuses a file that does not finish loading, at the deadline', async () => {
    const { pool, clock } = makePool({ agents: [], agentLoadTimeoutMs: 2_000 });
    const folder = folderOf({ 'hangs.mjs': 'await new Promise(() => {}); export default 1;' });
    const refused = caught(() => pool.discover(folder));
    await clock.whenArmed();
    clock.advance(2_000);
    const error = await refused;
    expect(error.code).toBe('TENANTRY_AGENT_LOAD_TIMEOUT');
    expect(error.message).toContain('"hangs.mjs": not loaded within 2000 ms');
  });

  test('registers nothing where one file is bad, and tells every bad one', async () => {
    const { pool } = makePool({ agents: [] });
    const one = folderOf({
      'a.mjs': agentFile('alpha'),
      'b.mjs': 'throw 1',
      'c.mjs': agentFile('gamma'),
    });
    expect((await caught(() => pool.discover(one))).code).toBe('TENANTRY_AGENT_LOAD_FAILED');
    expect(pool.list()).toEqual([]);
    const two = folderOf({
      'a.mjs': agentFile('alpha'),
      'b.mjs': 'throw 1',
      'c.mjs': 'export const x = 1;',
    });
    const error = await caught(() => pool.discover(two));
    expect(error.message).toMatch(/^2 of 3 agent files did not load: .*b\.mjs.*; .*c\.mjs/);
    expect(error.details['failures']).toEqual([
      { file: 'b.mjs', code: 'TENANTRY_AGENT_LOAD_FAILED' },
      { file: 'c.mjs', code: 'TENANTRY_AGENT_INVALID' },
    ]);
    expect(pool.list()).toEqual([]);
  });

  test.each([
    ['each other', {}, { 'a.mjs': agentFile('same'), 'b.mjs': agentFile('same') }],
    [
      'an agent that is there',
      { agents: undefined },
      { 'a.mjs': agentFile('alpha'), 'b.mjs': agentFile('echo') },
    ],
  ])('registers nothing where two names equal %s', async (_whom, _options, files) => {
    const { pool } = makePool();
    const before = pool.list();
    const error = await caught(() => pool.discover(folderOf(files)));
    expect(error.code).toBe('TENANTRY_AGENT_DUPLICATE');
    expect(pool.list()).toEqual(before);
  });
});

describe('a file that is refused before it is loaded', () => {
  const loaded = globalThis as { tenantryLoaded?: boolean };
  const trap = 'globalThis.tenantryLoaded = true; export default 1;';

  test.each<readonly [string, RegExp, (folder: string) => void]>([
    [
      'a link out of the folder',
      /"evil\.mjs": it is a symbolic link/,
      (folder) => {
        const outside = folderOf({ 'outside.mjs': trap });
        symlinkSync(path.join(outside, 'outside.mjs'), path.join(folder, 'evil.mjs'));
      },
    ],
    [
      'a link inside the folder',
      /it is a symbolic link/,
      (folder) => {
        writeFileSync(path.join(folder, '_real.mjs'), trap);
        symlinkSync(path.join(folder, '_real.mjs'), path.join(folder, 'evil.mjs'));
      },
    ],
    [
      'a dangling link',
      /it is a symbolic link/,
      (folder) => symlinkSync('/nowhere', path.join(folder, 'evil.mjs')),
    ],
    ['a folder', /it is no regular file/, (folder) => mkdirSync(path.join(folder, 'evil.mjs'))],
    [
      'world-writable',
      /everyone may write to it/,
      (folder) => {
        writeFileSync(path.join(folder, 'open.mjs'), trap);
        chmodSync(path.join(folder, 'open.mjs'), 0o646);
      },
    ],
    [
      'badly named',
      /its name is no agent name/,
      (folder) => writeFileSync(path.join(folder, 'a b.mjs'), trap, { mode: 0o644 }),
    ],
    [
      'named __proto__',
      /its name is no agent name|^$/,
      (folder) => writeFileSync(path.join(folder, 'constructor.mjs'), trap, { mode: 0o644 }),
    ],
    [
      'named to act on a terminal',
      /"\\u001b\[31m\.mjs": its name/,
      (folder) => writeFileSync(path.join(folder, '\u001b[31m.mjs'), trap, { mode: 0o644 }),
    ],
  ])('is one that is %s', async (_name, message, make) => {
    const { pool } = makePool({ agents: [] });
    const folder = tempFolder();
    make(folder);
    const error = await caught(() => pool.discover(folder));
    expect(error.code).toBe('TENANTRY_AGENT_PATH_REFUSED');
    expect(error.message).toMatch(message);
    expect(loaded.tenantryLoaded).toBeUndefined();
  });
});

describe('a folder', () => {
  test.each([
    '',
    '/nowhere/agents',
    'a\0b',
    new URL('../../src/host/agent.js', import.meta.url).pathname,
  ])('that is none is refused: %j', async (folder) => {
    const { pool } = makePool();
    expect((await caught(() => pool.discover(folder))).code).toBe('TENANTRY_AGENT_PATH_REFUSED');
  });

  test('that is empty has no agents', async () => {
    expect(await makePool().pool.discover(tempFolder())).toEqual([]);
  });

  test('may itself be reached through a link', async () => {
    const folder = folderOf({ 'good.mjs': agentFile('good') });
    const link = path.join(tempFolder(), 'agents');
    symlinkSync(folder, link);
    expect(await makePool().pool.discover(link)).toEqual(['good']);
  });

  test('is looked at file by file: good and bad ones side by side', async () => {
    const folder = folderOf({ 'a.mjs': 'throw 1', 'b.mjs': agentFile('beta') });
    const found = await findAgents(folder, { clock: new ManualClock(), loadTimeoutMs: 1_000 });
    expect(found.map((one) => ('agent' in one ? one.agent.name : one.error.code))).toEqual([
      'TENANTRY_AGENT_LOAD_FAILED',
      'beta',
    ]);
  });
});

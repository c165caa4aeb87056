/** The examples of docs/concepts/multi-tenancy.md: the files that are run here, and what they print. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { environment, run } from '../fixtures/run.js';

const ROOT = new URL('../../../../../', import.meta.url);
const FILES = ['refusals.mjs', 'restart.mjs'];

const untimed = (text: string): string => text.replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/g, 'TIME');
const withoutUser = (text: string): string => text.replace(/uid \d+/g, 'uid N');

async function blocks(language: string): Promise<string[]> {
  const page = await readFile(new URL('docs/concepts/multi-tenancy.md', ROOT), 'utf8');
  const all = [...page.matchAll(/^```(\w*)\n(.*?)^```/gms)];
  return all.filter(([, own]) => own === language).map(([, , block]) => block!);
}

test('the examples of the page are files, all of them', async () => {
  const files = FILES.map((file) =>
    readFile(new URL(`docs/snippets/multi-tenancy/${file}`, ROOT), 'utf8'),
  );
  expect(await blocks('js')).toEqual(await Promise.all(files));
});

test.each(FILES.map((file, index) => [file, index] as const))(
  '%s prints what the page says',
  async (file, index) => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'tenantry-page-'));
    const script = fileURLToPath(new URL(`docs/snippets/multi-tenancy/${file}`, ROOT));
    const env = environment(folder, { TENANTRY_LOG_LEVEL: 'silent', TMPDIR: folder });
    const { stdout, stderr, code } = await run(process.execPath, [script], env);
    await rm(folder, { recursive: true });
    const shown = (await blocks(''))[index]!;
    expect([code, stderr]).toEqual([0, '']);
    expect(withoutUser(untimed(stdout))).toBe(withoutUser(untimed(shown)));
  },
);

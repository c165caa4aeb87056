/** Every link of a page to another file of the repository leads there, and to a heading that is there. */
import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../../../../../', import.meta.url));

async function pages(): Promise<string[]> {
  const folders = ['docs', 'packages/core', 'packages/isolation', 'packages/cli', 'examples/voice'];
  const found = await Promise.all(
    folders.map(async (folder) =>
      (await readdir(path.join(ROOT, folder), { recursive: folder === 'docs' }))
        .filter((file) => file.endsWith('.md'))
        .map((file) => path.join(folder, file)),
    ),
  );
  const own = (await readdir(ROOT)).filter((file) => file.endsWith('.md'));
  return [...own, ...found.flat()];
}

async function prose(page: string): Promise<string> {
  return (await readFile(path.join(ROOT, page), 'utf8')).replaceAll(/^```.*?^```/gms, '');
}

/** As GitHub makes the anchor of a heading. */
function anchorOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/[^\p{L}\p{N}_\- ]/gu, '')
    .replaceAll(' ', '-');
}

async function isThere(page: string, link: string): Promise<boolean> {
  const [file = '', anchor] = link.split('#');
  const target = file === '' ? page : path.join(path.dirname(page), file);
  if (!existsSync(path.join(ROOT, target))) return false;
  if (anchor === undefined || !target.endsWith('.md')) return true;
  const headings = [...(await prose(target)).matchAll(/^#+ (.*)$/gm)];
  return headings.some(([, heading]) => anchorOf(heading!) === anchor);
}

test('no link within the repository leads nowhere', async () => {
  const broken: string[] = [];
  let linkCount = 0;
  for (const page of await pages()) {
    for (const [, link] of (await prose(page)).matchAll(/(?<!!\[[^\]]*)\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(link!)) continue;
      linkCount += 1;
      if (!(await isThere(page, link!))) broken.push(`${page}: ${link}`);
    }
  }
  expect(linkCount).toBeGreaterThan(200);
  expect(broken).toEqual([]);
});

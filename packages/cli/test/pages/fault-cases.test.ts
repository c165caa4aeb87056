/** docs/fault-cases.md names tests that exist: their files, and in them a test or group of that very title. */
import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../../../../../', import.meta.url));
const PAGE = 'docs/fault-cases.md';
const FEWEST_CASES = 23;

interface NamedTest {
  readonly file: string;
  readonly title: string;
}

let cases: { readonly number: number; readonly tests: readonly NamedTest[] }[];
beforeAll(async () => {
  const page = await readFile(path.join(ROOT, PAGE), 'utf8');
  cases = [...page.matchAll(/^\| (\d+) \|.*\| (.*) \|$/gm)].map(([, number, shownBy]) => ({
    number: Number(number),
    tests: shownBy!.split('<br>').map(namedTest),
  }));
});

function namedTest(text: string): NamedTest {
  const [, name, link, title] = /^\[([^\]]+)\]\(([^)]+)\) "(.+)"$/.exec(text) ?? [];
  if (name === undefined) throw new Error(`${PAGE}: ${text} is no link with a title`);
  expect(path.basename(link!)).toBe(name);
  return { file: path.join('docs', link!), title: title! };
}

/** As the title stands in front of a test's or a group's function. */
function hasTest({ file, title }: NamedTest): boolean {
  if (!existsSync(path.join(ROOT, file))) return false;
  const call = new RegExp(`(['"\`])${escaped(title)}\\1,\\s*(?:async )?\\(`);
  return call.test(readFileSync(path.join(ROOT, file), 'utf8'));
}

const escaped = (text: string): string => text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);

test('every case is shown by a test that exists', () => {
  expect(cases.map(({ number }) => number)).toEqual(cases.map((_, index) => index + 1));
  expect(cases.length).toBeGreaterThanOrEqual(FEWEST_CASES);
  const missing = cases.flatMap(({ number, tests }) =>
    tests
      .filter((named) => !hasTest(named))
      .map(({ file, title }) => `${number}: ${file}: ${title}`),
  );
  expect(missing).toEqual([]);
});

test('a title that no test has is found', () => {
  const [{ file }] = cases[0]!.tests as [NamedTest];
  expect(hasTest({ file, title: 'by SIGTERM ends 100 sessions' })).toBe(false);
  expect(hasTest({ file: 'packages/none.test.ts', title: 'x' })).toBe(false);
});

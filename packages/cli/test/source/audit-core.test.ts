import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { explainFrom, verifyAuditFile } from '../../src/source/audit-core.js';
import { ENTRIES, fileText, sealedLines } from '../fixtures/audit-file.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'tenantry-cli-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function verdictOn(text: string): Promise<unknown> {
  const file = path.join(folder, 'audit.jsonl');
  await writeFile(file, text);
  return verifyAuditFile(file);
}

const lines = sealedLines();
const replaced = (at: number, line: string): string =>
  fileText(lines.map((own, place) => (place === at ? line : own)));

describe('verifyAuditFile', () => {
  test('a whole chain is whole, an empty one too', async () => {
    const last = JSON.parse(lines.at(-1)!) as { hash: string };
    expect(await verdictOn(fileText(lines))).toEqual({ ok: true, records: 4, lastHash: last.hash });
    expect(await verdictOn('')).toEqual({ ok: true, records: 0, lastHash: '0'.repeat(64) });
  });

  test('a file of many reads is verified as a whole', async () => {
    const entries = Array.from({ length: 2_000 }, (_, at) => ({
      kind: 'pool.started',
      detail: { text: `東京🎧 ${at} ${'x'.repeat(60)}` },
    }));
    expect(await verdictOn(fileText(sealedLines(entries)))).toMatchObject({
      ok: true,
      records: 2_000,
    });
  });

  test.each([
    ['a changed word', replaced(1, lines[1]!.replace('5.2', '0.2')), 2, 'hash-mismatch'],
    ['a removed record', fileText([lines[0]!, ...lines.slice(2)]), 2, 'seq-gap'],
    [
      'a record of another chain',
      replaced(1, sealedLines(ENTRIES.toReversed())[1]!),
      2,
      'prev-mismatch',
    ],
    ['something else', replaced(2, 'hello'), 3, 'not-json'],
    ['a number', replaced(2, '7'), 3, 'not-json'],
    ['an empty line', replaced(2, ''), 3, 'not-json'],
    ['a torn end', fileText(lines).slice(0, -20), 4, 'torn-last-line'],
    [
      'a record without a hash',
      replaced(3, lines[3]!.replace(/,"hash".*/, '}')),
      4,
      'hash-mismatch',
    ],
  ])('%s breaks it there', async (_, text, line, why) => {
    expect(await verdictOn(text)).toEqual({ ok: false, line, why });
  });

  test('a bit flipped at any byte is found', async () => {
    const whole = Buffer.from(fileText(lines.slice(0, 2)));
    for (let at = 0; at < whole.length; at += 1) {
      const damaged = Buffer.from(whole);
      damaged[at]! ^= 1;
      expect([at, await verdictOn(damaged.toString('latin1'))]).toEqual([
        at,
        expect.objectContaining({ ok: false }),
      ]);
    }
  });
});

describe('explainFrom', () => {
  const records = lines.map(
    (line) => JSON.parse(line) as Parameters<typeof explainFrom>[2][number],
  );

  test('tells each record', () => {
    const its = records.filter(({ tenant }) => tenant === 'acme');
    expect(explainFrom('tenant', 'acme', its)).toEqual({
      about: 'tenant',
      name: 'acme',
      sentences: [
        '2026-11-26T11:15:01.120Z: ladder.escalated.',
        '2026-11-26T11:15:03.120Z: ladder.released.',
      ],
      records: its,
    });
  });
});

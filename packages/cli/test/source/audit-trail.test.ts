import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { AuditRecord } from '@tenantry/core/internal/host';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { auditFileIn, isOfSession, readTrail, readingFile } from '../../src/source/audit-trail.js';
import { ENTRIES, fileText, sealedLines } from '../fixtures/audit-file.js';

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'tenantry-cli-'));
  file = auditFileIn(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const all = (): boolean => true;
const SESSION = ENTRIES[2]!.session!;

describe('readTrail', () => {
  test('has the last records that pass, oldest first, and the names it came by', async () => {
    await writeFile(file, fileText(sealedLines()));
    const trail = await readTrail(file, ({ tenant }) => tenant === 'acme', 10);
    expect(trail.records.map(({ seq }) => seq)).toEqual([2, 4]);
    expect(trail).toMatchObject({ passing: 2, unreadable: 0, firstUnreadable: null });
    expect([...trail.tenants]).toEqual(['acme', 'globex']);
    expect([...trail.sessions]).toEqual([SESSION]);
  });

  test.each([1, 2, 3, 7, 100])('of many records it keeps the last %d', async (most) => {
    await writeFile(file, fileText(sealedLines(Array.from({ length: 50 }, () => ENTRIES[1]!))));
    const { records, passing } = await readTrail(file, all, most);
    const kept = Math.min(50, most);
    expect(records.map(({ seq }) => seq)).toEqual(
      Array.from({ length: kept }, (_, at) => 50 - kept + at + 1),
    );
    expect(passing).toBe(50);
  });

  test('counts the lines that are no record, and reads on', async () => {
    const lines = sealedLines();
    const foreign = [
      '',
      'hello',
      '7',
      'null',
      '{"seq":"1"}',
      '{"seq":1,"at":"","kind":"","tenant":1}',
    ];
    await writeFile(file, fileText([lines[0]!, ...foreign, ...lines.slice(1)]));
    const trail = await readTrail(file, all, 10);
    expect(trail.records).toHaveLength(4);
    expect(trail).toMatchObject({ unreadable: 6, firstUnreadable: 2 });
  });

  test.each([
    ['missing', 'no such file or directory', 'ENOENT'],
    ['.', 'illegal operation on a directory', 'EISDIR'],
  ])('a file that is %s is told by its name', async (name, why, errno) => {
    const at = path.join(folder, name);
    await expect(readingFile(at, () => readTrail(at, all, 1))).rejects.toMatchObject({
      message: `cannot read ${at}: ${why}`,
      code: 'TENANTRY_FILE_UNREADABLE',
      details: { path: at, errno },
    });
  });
});

describe('isOfSession', () => {
  const nobody: AuditRecord = {
    seq: 1,
    at: '',
    kind: '',
    actor: { kind: 'runtime' },
    detail: {},
    deploymentVersion: null,
    pid: 1,
  };
  const record = { ...nobody, session: SESSION };

  test.each([
    [SESSION, true],
    ['3f2a91c0', true],
    ['3f2a91c', false],
    ['3f2a91d0', false],
  ])('%s: %s', (name, isIts) => {
    expect(isOfSession(record, name)).toBe(isIts);
    expect(isOfSession(nobody, name)).toBe(false);
  });
});

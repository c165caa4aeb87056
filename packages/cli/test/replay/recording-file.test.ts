import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readRecording } from '../../src/replay/recording-file.js';
import { recordingOf, out } from '../fixtures/sample-recording.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'tenantry-recording-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const GOOD = JSON.stringify(recordingOf([out(1)]));

test('a recording is read back as it was written', async () => {
  const file = path.join(folder, 'session.json');
  await writeFile(file, GOOD);
  expect(await readRecording(file)).toEqual(JSON.parse(GOOD));
});

test.each([
  ['the first half of one', GOOD.slice(0, GOOD.length / 2), /not all of it/],
  ['nothing', '', /no JSON/],
  ['bytes', '\u0000\u0001\u0002', /no JSON/],
  ['JSON of something else', '{"kind":"snapshot"}', /no recording of a session/],
  ['one of another version', GOOD.replace('"recording":1', '"recording":2'), /version 2/],
  ['one with a name that is none', GOOD.replace('"acme"', '"../acme"'), /tenant/],
  [
    'one with a value that is none',
    GOOD.replace('"value":1', '"value":{"$":"ref","v":1}'),
    /value/,
  ],
  ['a list without end', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, /no recording/],
])('%s is refused', async (_, text, why) => {
  const file = path.join(folder, 'other.json');
  await writeFile(file, text);
  const refused = await readRecording(file).catch((error: unknown) => error as Error);
  expect(refused).toMatchObject({ code: 'TENANTRY_RECORDING_INVALID' });
  expect((refused as Error).message).toMatch(why);
});

test('a folder, and a file that is not there, are refused', async () => {
  await expect(readRecording(folder)).rejects.toMatchObject({ code: 'TENANTRY_RECORDING_INVALID' });
  const missing = readRecording(path.join(folder, 'none'));
  await expect(missing).rejects.toMatchObject({ code: 'TENANTRY_FILE_UNREADABLE' });
});

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { MetricsOptions } from '../../src/metrics/metrics-options.js';
import { MetricsWriter } from '../../src/metrics/metrics-writer.js';
import { nodeDisk } from '../../src/metrics/node-disk.js';
import { caught } from '../caught.js';
import { ManualClock } from '../manual-clock.js';
import { MemoryLog } from '../memory-log.js';
import { tempFolder } from '../temp-folder.js';
import { readLines } from './metrics-lines.js';
import { numbered } from './test-writer.js';

const open = (jsonl: string, options: Partial<MetricsOptions> = {}): Promise<MetricsWriter> =>
  MetricsWriter.open(
    {
      jsonl,
      snapshotIntervalMs: 10_000,
      maxFileBytes: 10_000,
      maxFiles: 3,
      maxBufferedRecords: 1_000,
      ...options,
    },
    { disk: nodeDisk, clock: new ManualClock(), log: new MemoryLog() },
  );

describe('a metrics file on a real disk', () => {
  test('is made for its owner alone, and appended to by the next pool', async () => {
    const file = path.join(tempFolder(), 'metrics.jsonl');
    for (let round = 0; round < 2; round += 1) {
      const writer = await open(file);
      writer.event(numbered(round));
      await writer.close(2_000);
    }
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readLines(readFileSync(file, 'utf8')).lines).toMatchObject([
      { seq: 1, payload: { number: 0 } },
      { seq: 1, payload: { number: 1 } },
    ]);
  });

  test('begins a new line behind the torn one of a killed process', async () => {
    const file = path.join(tempFolder(), 'metrics.jsonl');
    writeFileSync(file, '{"seq":7}\n{"se');
    const writer = await open(file);
    writer.event(numbered(0));
    await writer.close(2_000);
    const { lines, broken } = readLines(readFileSync(file, 'utf8'));
    expect([lines.map(({ seq }) => seq), broken]).toEqual([[7, 1], ['{"se']]);
  });

  test('is rotated, with every record in one of the files', async () => {
    const folder = tempFolder();
    const file = path.join(folder, 'metrics.jsonl');
    const writer = await open(file);
    for (let index = 0; index < 300; index += 1) writer.event(numbered(index));
    await writer.close(2_000);
    const texts = ['.3', '.2', '.1', ''].map((end) => readFileSync(`${file}${end}`, 'utf8'));
    const numbers = texts.flatMap((text) => readLines(text).lines.map(({ seq }) => seq));
    expect(numbers).toEqual(Array.from({ length: 300 }, (_, index) => index + 1));
    for (const text of texts) expect(text.length).toBeLessThanOrEqual(10_000);
    expect(statSync(`${file}.1`).mode & 0o777).toBe(0o600);
  });

  test('is one file, however its folder is reached', async () => {
    const folder = tempFolder();
    const [real, linked] = [path.join(folder, 'real'), path.join(folder, 'linked')];
    mkdirSync(real);
    symlinkSync(real, linked);
    const writer = await open(path.join(real, 'metrics.jsonl'));
    const error = await caught(() => open(path.join(linked, '..', 'linked', 'metrics.jsonl')));
    expect(error.message).toContain('another pool of this process writes to it');
    await writer.close(2_000);
  });
});

describe('what is no metrics file', () => {
  test.each<readonly [string, (folder: string) => string, string]>([
    [
      'a missing folder',
      (folder) => path.join(folder, 'no', 'metrics.jsonl'),
      'its folder does not exist',
    ],
    [
      'a folder that is a file',
      (folder) => {
        writeFileSync(path.join(folder, 'file'), '');
        return path.join(folder, 'file', 'metrics.jsonl');
      },
      'its folder is no folder',
    ],
    ['a folder', (folder) => folder, 'it is a folder'],
    [
      'a link to a file',
      (folder) => {
        writeFileSync(path.join(folder, 'target'), '');
        symlinkSync(path.join(folder, 'target'), path.join(folder, 'link'));
        return path.join(folder, 'link');
      },
      'it is a symbolic link',
    ],
    [
      'a pipe',
      (folder) => {
        execFileSync('mkfifo', [path.join(folder, 'pipe')]);
        return path.join(folder, 'pipe');
      },
      'it is no regular file',
    ],
    ['a device', () => '/dev/full', 'it is no regular file'],
  ])('is refused: %s', async (_what, make, reason) => {
    const file = make(tempFolder());
    const error = await caught(() => open(file));
    expect(error.code).toBe('TENANTRY_METRICS_FAILED');
    expect(error.message).toContain(file);
    expect(error.message).toContain(reason);
  });
});

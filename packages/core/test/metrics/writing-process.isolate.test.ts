import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { MetricsWriter } from '../../src/metrics/metrics-writer.js';
import { nodeDisk } from '../../src/metrics/node-disk.js';
import { systemClock } from '../../src/time/clock.js';
import { MemoryLog } from '../memory-log.js';
import { tempFolder } from '../temp-folder.js';
import { droppedIn, readLines } from './metrics-lines.js';
import { numbered } from './test-writer.js';

const PROGRAM = fileURLToPath(new URL('./writing-process.js', import.meta.url));

function start(...args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [PROGRAM, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
}

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}

test('a writer killed while it writes leaves whole lines, and a file to go on with', async () => {
  const file = path.join(tempFolder(), 'metrics.jsonl');
  const child = start(file);
  await until(() => sizeOf(file) > 300_000);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const { lines, broken } = readLines(readFileSync(file, 'utf8'));
  expect(lines.length).toBeGreaterThan(2_000);
  expect(lines.map(({ seq }) => seq)).toEqual(lines.map((_line, index) => index + 1));
  expect(broken.length).toBeLessThanOrEqual(1);

  const writer = await MetricsWriter.open(
    {
      jsonl: file,
      snapshotIntervalMs: 10_000,
      maxFileBytes: 64 * 1_048_576,
      maxFiles: 5,
      maxBufferedRecords: 10,
    },
    { disk: nodeDisk, clock: systemClock, log: new MemoryLog() },
  );
  writer.event(numbered(0));
  await writer.close(2_000);
  const after = readLines(readFileSync(file, 'utf8'));
  expect(after.lines.length).toBe(lines.length + 1);
  expect(after.lines.at(-1)).toMatchObject({ seq: 1, payload: { number: 0 } });
  expect(after.broken).toEqual(broken);
});

const hasPrlimit = ((): boolean => {
  try {
    execFileSync('prlimit', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

(hasPrlimit ? test : test.skip)(
  'a file that the system lets grow no further gets every record, or their count, when it may',
  async () => {
    const file = path.join(tempFolder(), 'metrics.jsonl');
    // The soft limit on the size of a file: a write over it is cut short, the next one fails.
    const child = spawn(
      'prlimit',
      ['--fsize=50000:unlimited', process.execPath, PROGRAM, file, '5000', '1000'],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    const logged: Record<string, unknown>[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => {
      logged.push(JSON.parse(line) as Record<string, unknown>);
    });
    const message = (text: string): boolean =>
      logged.some((line) => String(line['msg']).includes(text));
    await until(() => message('cannot write') && message('records are dropped'));
    expect(logged.find(({ code }) => code !== undefined)).toMatchObject({
      level: 40,
      code: 'EFBIG',
    });
    expect(sizeOf(file)).toBe(50_000);
    execFileSync('prlimit', ['--fsize=unlimited', '--pid', String(child.pid)]);
    await until(() => message('writes again'));
    child.stdin.end();
    await once(child, 'exit');
    const { lines, broken } = readLines(readFileSync(file, 'utf8'));
    expect(broken.length).toBeLessThanOrEqual(1);
    expect(lines.map(({ seq }) => seq)).toEqual(lines.map((_line, index) => index + 1));
    const records = lines.filter(({ payload }) => payload['number'] !== undefined);
    expect(droppedIn(lines)).toBeGreaterThan(0);
    expect(records.length + droppedIn(lines)).toBe(5_000);
  },
);

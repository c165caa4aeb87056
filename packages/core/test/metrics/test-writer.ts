/** A writer on a disk in memory, with a clock moved by hand; closed after each test. */
import { afterEach } from '@jest/globals';
import type { MetricsOptions } from '../../src/metrics/metrics-options.js';
import { MetricsWriter } from '../../src/metrics/metrics-writer.js';
import { ManualClock } from '../manual-clock.js';
import { MemoryLog } from '../memory-log.js';
import { turns } from '../turns.js';
import { FakeDisk } from './fake-disk.js';
import { readLines, type Line } from './metrics-lines.js';

export const PATH = '/var/metrics.jsonl';

export interface TestWriter {
  readonly writer: MetricsWriter;
  readonly disk: FakeDisk;
  readonly clock: ManualClock;
  readonly log: MemoryLog;
  /** Records events numbered from `from`, and lets the disk do what it can. */
  readonly emit: (count: number, from?: number) => Promise<void>;
  readonly lines: () => readonly Line[];
  /** The numbers of the events in the file. */
  readonly numbers: () => unknown[];
}

const open: TestWriter[] = [];

afterEach(async () => {
  for (const { writer, clock, disk } of open.splice(0)) {
    disk.before = () => undefined;
    const closing = writer.close(1);
    await turns();
    clock.advance(1);
    await closing;
  }
});

export async function openWriter(
  options: Partial<MetricsOptions> = {},
  disk: FakeDisk = new FakeDisk(),
): Promise<TestWriter> {
  const [clock, log] = [new ManualClock(), new MemoryLog()];
  const whole: MetricsOptions = {
    jsonl: PATH,
    snapshotIntervalMs: 10_000,
    maxFileBytes: 1_000_000,
    maxFiles: 5,
    maxBufferedRecords: 100,
    ...options,
  };
  const writer = await MetricsWriter.open(whole, { disk, clock, log });
  const made: TestWriter = {
    writer,
    disk,
    clock,
    log,
    emit: async (count, from = 0) => {
      for (let index = from; index < from + count; index += 1) {
        writer.event(numbered(index));
      }
      await turns();
    },
    lines: () => readLines(disk.text(PATH)).lines,
    numbers: () => made.lines().flatMap(({ payload }) => payload['number'] ?? []),
  };
  open.push(made);
  return made;
}

export function numbered(index: number): { readonly event: string; readonly number: number } {
  return { event: 'session.started', number: index };
}

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ManualClock } from '../manual-clock.js';
import { MemoryLog } from '../memory-log.js';
import { turns } from '../turns.js';
import { MetricsWriter } from '../../src/metrics/metrics-writer.js';
import { FakeDisk, diskError, type Operation } from './fake-disk.js';
import { droppedIn, readLines } from './metrics-lines.js';
import { PATH, numbered } from './test-writer.js';

/** What becomes of the operations of the disk, one after the other. */
const DiskStep = fc.oneof(
  { weight: 4, arbitrary: fc.constant('done' as const) },
  { weight: 2, arbitrary: fc.constant('fails' as const) },
  { weight: 2, arbitrary: fc.constantFrom('hangs' as const, 'hangs-and-fails' as const) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 400 }) },
);

const PoolStep = fc.oneof(
  fc.record({ events: fc.integer({ min: 1, max: 12 }) }),
  fc.constant('snapshot' as const),
  fc.constant('dropped-snapshot' as const),
  fc.constant('turn' as const),
  fc.constant('second' as const),
  fc.constant('minute' as const),
  fc.constant('moved-away' as const),
);

const Run = fc.record({
  disk: fc.array(DiskStep, { maxLength: 60 }),
  afterwards: fc.constantFrom('heals' as const, 'fails' as const),
  pool: fc.array(PoolStep, { maxLength: 60 }),
  maxBufferedRecords: fc.integer({ min: 1, max: 8 }),
  maxFileBytes: fc.constantFrom(120, 450, 100_000),
});

test('written and dropped records add up to those recorded, whatever the disk does', async () => {
  await fc.assert(
    fc.asyncProperty(Run, async (run) => {
      const [disk, clock, log] = [new FakeDisk(), new ManualClock(), new MemoryLog()];
      const options = { ...run, jsonl: PATH, snapshotIntervalMs: 10_000, maxFiles: 100 };
      const writer = await MetricsWriter.open(options, { disk, clock, log });
      const hanging: (() => void)[] = [];
      const script = [...run.disk];
      disk.before = (operation: Operation) => {
        const step = script.shift() ?? (run.afterwards === 'fails' ? 'fails' : 'done');
        if (step === 'fails') throw diskError('EIO');
        if (step === 'hangs') return new Promise<void>((resolve) => hanging.push(resolve));
        if (step === 'hangs-and-fails') {
          return new Promise<void>((_resolve, reject) => {
            hanging.push(() => reject(diskError('EIO')));
          });
        }
        return operation === 'append' && step !== 'done' ? step : undefined;
      };
      const answer = async (): Promise<void> => {
        for (const settle of hanging.splice(0)) settle();
        await turns();
      };

      let recorded = 0;
      let moved = 0;
      for (const step of run.pool) {
        if (step === 'turn') await answer();
        else if (step === 'second') clock.advance(1_000);
        else if (step === 'minute') clock.advance(60_000);
        else if (step === 'moved-away') {
          const file = disk.files.get(PATH);
          if (file !== undefined && disk.files.delete(PATH)) disk.files.set(`moved${moved}`, file);
          moved += 1;
        } else if (step === 'snapshot') writer.snapshot(numbered((recorded += 1)));
        else if (step === 'dropped-snapshot') {
          writer.dropSnapshot();
          recorded += 1;
        } else {
          for (let index = 0; index < step.events; index += 1) {
            writer.event(numbered((recorded += 1)));
          }
        }
      }
      const closed = { isSo: false };
      const closing = writer.close(200_000).then(() => (closed.isSo = true));
      for (let second = 0; second < 200 && !closed.isSo; second += 1) {
        while (hanging.length > 0) await answer();
        await turns();
        clock.advance(1_000);
      }
      await closing;

      const texts = [...disk.files.values()].map(({ bytes }) => bytes.toString());
      const lines = texts.flatMap((text) => readLines(text).lines).sort((a, b) => a.seq - b.seq);
      const records = lines.filter(({ payload }) => payload['event'] !== 'metrics.overflow');
      const last = log.lines.at(-1);
      const unwritten =
        last?.message === '[metrics] closed before everything was written'
          ? (last.fields['unwrittenCount'] as number)
          : 0;
      expect(records.length + droppedIn(lines) + unwritten).toBe(recorded);
      if (run.afterwards === 'heals') expect(unwritten).toBe(0);
      // No gaps, nothing twice, and in the order in which it was recorded.
      expect(lines.map(({ seq }) => seq)).toEqual(lines.map((_line, index) => index + 1));
      const numbers = records.map(({ payload }) => payload['number'] as number);
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
      for (const { seq, payload } of lines) {
        if (payload['event'] === 'metrics.overflow') expect(payload['sinceSeq']).toBe(seq - 1);
      }
      for (const text of texts) {
        if (run.maxFileBytes === 100_000 || readLines(text).lines.length < 2) continue;
        // Longer only where a rotation failed, and that is logged.
        const isLonger = text.length > run.maxFileBytes;
        const wasTold = log.lines.some(({ message }) => message.includes('cannot rotate'));
        if (isLonger) expect(wasTold).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
}, 60_000);

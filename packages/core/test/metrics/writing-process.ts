/**
 * A process that records numbered events on a real disk: as many as it is told, or without end. Its
 * log goes to stdout as JSON lines; it closes when its stdin ends.
 */
import process from 'node:process';
import { pino } from 'pino';
import { MetricsWriter } from '../../src/metrics/metrics-writer.js';
import { nodeDisk } from '../../src/metrics/node-disk.js';
import { systemClock } from '../../src/time/clock.js';

const [jsonl = '', count = 'Infinity', maxBufferedRecords = '10000'] = process.argv.slice(2);
const log = pino({ base: null }, pino.destination({ fd: 1, sync: true }));
const writer = await MetricsWriter.open(
  {
    jsonl,
    snapshotIntervalMs: 10_000,
    maxFileBytes: 64 * 1_048_576,
    maxFiles: 5,
    maxBufferedRecords: Number(maxBufferedRecords),
  },
  { disk: nodeDisk, clock: systemClock, log },
);
let recorded = 0;
function record(): void {
  for (let index = 0; index < 20 && recorded < Number(count); index += 1) {
    writer.event({ event: 'session.started', number: (recorded += 1) } as { event: string });
  }
  if (recorded < Number(count)) setImmediate(record);
}
record();
process.stdin.resume().once('end', () => void writer.close(2_000));

import { Worker } from 'node:worker_threads';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ByteRing } from '../../src/recorder/byte-ring.js';

function drained(ring: ByteRing): string[] {
  const lines: string[] = [];
  ring.drain((line) => lines.push(line));
  return lines;
}

describe('a byte ring', () => {
  test('gives back what was written, in order and once, however often it goes round', () => {
    const line = fc.string({ minLength: 1, maxLength: 30, unit: 'grapheme' });
    const steps = fc.array(fc.oneof(line, fc.constant(null)), { maxLength: 200 });
    fc.assert(
      fc.property(steps, (all) => {
        const writer = new ByteRing(128);
        const reader = new ByteRing(writer.buffer);
        let waiting: string[] = [];
        let lost = 0;
        for (const step of all) {
          if (step === null) {
            expect(drained(reader)).toEqual(waiting);
            waiting = [];
          } else if (writer.write(step)) waiting.push(step);
          else lost += 1;
        }
        expect(drained(reader)).toEqual(waiting);
        expect(reader.lostCount).toBe(lost);
      }),
    );
  });

  test('counts what found no room, and goes on when there is some', () => {
    const ring = new ByteRing(64);
    expect(ring.write('a'.repeat(15))).toBe(true);
    expect(ring.write('b'.repeat(15))).toBe(false);
    expect(ring.write('c'.repeat(100))).toBe(false);
    expect(ring.lostCount).toBe(2);
    expect(drained(ring)).toEqual(['a'.repeat(15)]);
    expect(ring.write('d')).toBe(true);
    expect(drained(ring)).toEqual(['d']);
  });

  test('is read by another thread while the writer holds its loop', () => {
    const ring = new ByteRing(1_024);
    const url = new URL('../../src/recorder/byte-ring.js', import.meta.url).href;
    const seen = new Int32Array(new SharedArrayBuffer(4));
    const reader = new Worker(
      `const { workerData } = require('node:worker_threads');
       import(${JSON.stringify(url)}).then(({ ByteRing }) => {
         const ring = new ByteRing(workerData.buffer);
         const look = () => ring.drain((line) => {
           if (line !== 'during the block') return;
           Atomics.store(workerData.seen, 0, 1);
           Atomics.notify(workerData.seen, 0);
         });
         setInterval(look, 1);
       });`,
      { eval: true, workerData: { buffer: ring.buffer, seen } },
    );
    try {
      ring.write('during the block');
      // This thread stands still, and is woken by whoever has read the line.
      expect(Atomics.wait(seen, 0, 0, 20_000)).not.toBe('timed-out');
    } finally {
      void reader.terminate();
    }
  });
});

/** From verdicts to segments, without a detector. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Segmenter, type Segment, type SpeechEvent } from '../src/segments.js';

const FRAME_MS = 30;

function eventsOf(verdicts: readonly boolean[]): SpeechEvent[] {
  const segmenter = new Segmenter(FRAME_MS);
  const events = verdicts.map((voiced) => segmenter.push(voiced));
  return [...events, segmenter.end()].filter((event) => event !== undefined);
}

const segmentsOf = (verdicts: readonly boolean[]): Segment[] =>
  eventsOf(verdicts).flatMap((event) =>
    event.kind === 'speech-ended' ? [{ startMs: event.startMs, endMs: event.endMs }] : [],
  );

const verdicts = (text: string): boolean[] => text.split('').map((digit) => digit === '1');

describe('Segmenter', () => {
  test('runs from the first voiced frame to the end of the last one', () => {
    expect(segmentsOf(verdicts('001111100000'))).toEqual([{ startMs: 60, endMs: 210 }]);
  });

  test('three voiced frames are no speech', () => {
    expect(segmentsOf(verdicts('111000001110'))).toEqual([]);
  });

  test('one frame that disagrees neither delays the start nor ends a segment', () => {
    expect(segmentsOf(verdicts('11011110111'))).toEqual([{ startMs: 0, endMs: 330 }]);
  });

  test('a pause of four frames makes two segments', () => {
    expect(segmentsOf(verdicts('1111100001111'))).toEqual([
      { startMs: 0, endMs: 150 },
      { startMs: 270, endMs: 390 },
    ]);
  });

  test('what is open at the end of the audio ends with its last voiced frame', () => {
    expect(segmentsOf(verdicts('111111000'))).toEqual([{ startMs: 0, endMs: 180 }]);
  });

  test('every start has its end, in order, without overlap, and the same at every run', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 200 }), (all) => {
        const events = eventsOf(all);
        expect(eventsOf(all)).toEqual(events);
        let lastMs = 0;
        for (const [index, event] of events.entries()) {
          expect(event.kind).toBe(index % 2 === 0 ? 'speech-started' : 'speech-ended');
          const atMs = event.kind === 'speech-started' ? event.atMs : event.endMs;
          expect(atMs).toBeGreaterThanOrEqual(lastMs);
          lastMs = atMs;
        }
        expect(events.length % 2).toBe(0);
        expect(lastMs).toBeLessThanOrEqual(all.length * FRAME_MS);
      }),
    );
  });
});

import { describe, expect, test } from '@jest/globals';
import { RecordOptions } from '../../src/recorder/record-options.js';
import { SessionRecorder, type RecordedSession } from '../../src/recorder/session-recorder.js';
import { SessionRecordings } from '../../src/recorder/session-recordings.js';
import { parseSessionRecording } from '../../src/recorder/session-recording.js';
import { fromTagged } from '../../src/recorder/tagged-value.js';

const ABOUT: RecordedSession = {
  session: 's-1',
  tenant: 'acme',
  agent: 'support',
  agentHash: 'aa',
  agentFile: 'support.js',
  deploymentVersion: null,
  configHash: 'bb',
  limits: {
    memoryLimitMb: null,
    memoryHardLimitMb: null,
    cpuLimitSeconds: null,
    abortGraceMs: 1_000,
    unresponsiveMs: null,
    messages: {},
  },
  startedAtMs: 0,
  input: { at: new Date(5) },
  metadata: {},
  job: null,
};

function recorder(options: Partial<RecordOptions> = {}, session = 's-1') {
  let nowMs = 100;
  const made = new SessionRecorder(
    { ...ABOUT, session },
    RecordOptions.parse(options),
    () => nowMs,
  );
  return { made, after: (ms: number) => (nowMs += ms) };
}

describe('session recorder', () => {
  test('keeps what happened in its order, with times from the start', () => {
    const { made, after } = recorder();
    made.placedOn('thread');
    const message = { text: 'hello' };
    made.received(message);
    message.text = 'changed afterwards';
    after(12.5);
    made.reported({
      kind: 'effect',
      name: 'llm',
      index: 0,
      durationMs: 3,
      outcome: { kind: 'result', value: new Map([[1, 2n]]) },
    });
    made.sent(undefined);
    made.closed();
    made.ended({ status: 'failed', reason: 'failed', error: new TypeError('no') });
    const json = JSON.parse(JSON.stringify(made.recording())) as unknown;
    const recording = parseSessionRecording(json);
    expect(recording).toEqual(made.recording());
    expect(recording).toMatchObject({
      recording: 1,
      rung: 'thread',
      cut: null,
      end: { status: 'failed', reason: 'failed', error: { name: 'TypeError', message: 'no' } },
    });
    expect(recording.events.map(({ kind, atMs }) => [kind, atMs])).toEqual([
      ['in', 0],
      ['effect', 12.5],
      ['out', 12.5],
      ['closed', 12.5],
    ]);
    expect(recording.events[0]).toMatchObject({ value: { text: 'hello' } });
    expect(fromTagged(recording.input)).toEqual({ at: new Date(5) });
  });

  test('a long session keeps its beginning and its end, and says what is missing', () => {
    const { made } = recorder({ maxEvents: 10 });
    for (let n = 0; n < 1_000; n += 1) made.sent(n);
    const { events, cut } = made.recording();
    expect(events.map((event) => (event as { value: unknown }).value)).toEqual([
      0, 1, 2, 3, 4, 995, 996, 997, 998, 999,
    ]);
    expect(cut).toMatchObject({ afterEvents: 5, droppedEvents: 990 });
    const large = recorder({ maxBytes: 4_096 }).made;
    large.received('first');
    large.received('x'.repeat(3_000));
    large.received('last');
    expect(large.recording().events).toMatchObject([{ value: 'first' }, { value: 'last' }]);
    expect(large.recording().cut).toMatchObject({ afterEvents: 1, droppedEvents: 1 });
    expect(large.bytes).toBeLessThan(4_096);
  });

  test('effects of a session that was moved are counted on', () => {
    const { made } = recorder();
    const effect = (index: number): void =>
      made.reported({
        kind: 'effect',
        name: 'charge',
        index,
        durationMs: 0,
        outcome: { kind: 'result', value: null },
      });
    effect(0);
    effect(1);
    made.movedTo('process');
    effect(0);
    const indexes = made.recording().events.map((event) => 'index' in event && event.index);
    expect(indexes).toEqual([0, 1, false, 2]);
  });

  test('the recordings of failed sessions are kept, a bounded number of them', () => {
    const recordings = new SessionRecordings();
    for (let n = 0; n < 80; n += 1) {
      const { made } = recorder({}, `s-${n}`);
      recordings.begin(made);
      expect(recordings.recordingOf(`s-${n}`)?.end).toBeNull();
      const hasFailed = n % 2 === 0;
      recordings.ended(made, {
        status: hasFailed ? 'failed' : 'succeeded',
        reason: hasFailed ? 'failed' : 'completed',
      });
    }
    const kept = Array.from({ length: 80 }, (_, n) => recordings.recordingOf(`s-${n}`));
    expect(kept.filter((each) => each !== undefined).length).toBe(40);
    const { made } = recorder({ maxBytes: 67_108_864 }, 'large');
    recordings.begin(made);
    made.received('x'.repeat(17 * 1_048_576));
    recordings.ended(made, { status: 'failed', reason: 'failed' });
    expect(recordings.recordingOf('s-0')).toBeUndefined();
    expect(recordings.recordingOf('large')).toBeUndefined();
  });

  test('what is no recording is refused with what is wrong with it', () => {
    const { made } = recorder();
    const good = JSON.parse(JSON.stringify(made.recording())) as Record<string, unknown>;
    const refusal = (json: unknown): string => {
      try {
        parseSessionRecording(json);
      } catch (error) {
        expect(error).toMatchObject({ code: 'TENANTRY_RECORDING_INVALID' });
        return (error as Error).message;
      }
      return 'accepted';
    };
    expect(refusal(good)).toBe('accepted');
    expect(refusal(null)).toMatch(/no recording/);
    expect(refusal({ ...good, recording: 2 })).toMatch(/version 2; .*version 1/);
    expect(refusal({ ...good, tenant: '../x' })).toMatch(/tenant/);
    expect(
      refusal({ ...good, events: [{ kind: 'in', atMs: 0, value: { $: 'ref', v: 9 } }] }),
    ).toMatch(/reference/);
    expect(refusal({ ...good, extra: 1 })).toMatch(/extra/i);
  });
});

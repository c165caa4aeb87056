import { describe, expect, test } from '@jest/globals';
import type { SessionRecording } from '@tenantry/core';
import { maskedLeaves, registerSecret } from '@tenantry/core/internal';
import { compare } from '../../src/replay/compare.js';
import { COMPLETED, failedWith, out, recordingOf } from '../fixtures/sample-recording.js';

const FAILED = failedWith('TypeError', 'no quantity');
const compared = (
  recorded: SessionRecording,
  replayed: SessionRecording,
  stalledAt: number | 'end' | null = null,
) => compare(recorded, { kind: 'replayed', recording: replayed, attempts: [], stalledAt });
/** As a bundle has it. */
const maskedRecording = (recording: SessionRecording): SessionRecording =>
  JSON.parse(maskedLeaves(recording)) as SessionRecording;

describe('a replay', () => {
  test.each([
    ['completed with the same', [out(1), out({ a: 2 })], COMPLETED],
    ['failed of the same', [out(1)], FAILED],
    ['said nothing', [], COMPLETED],
  ])('that %s is reproduced', (_, events, end) => {
    const recording = recordingOf(events, end);
    expect(compared(recording, recordingOf(events, end))).toMatchObject({
      verdict: 'reproduced',
      divergedAt: null,
      differences: [],
    });
  });

  test('is another end where reason, error or result are another one', () => {
    const ends = [
      COMPLETED,
      { ...COMPLETED, result: 2 },
      FAILED,
      failedWith('TypeError', 'something else'),
      failedWith('RangeError', 'no quantity'),
      failedWith('TypeError', 'no quantity', 'ECODE'),
      { ...failedWith('TenantryError', 'm', 'TENANTRY_MEMORY_LIMIT'), reason: 'memory-limit' },
    ] as const;
    for (const one of ends) {
      for (const other of ends) {
        const { verdict } = compared(recordingOf([out(1)], one), recordingOf([out(1)], other));
        expect(verdict).toBe(one === other ? 'reproduced' : 'not-reproduced');
      }
    }
    const { why, differences } = compared(
      recordingOf([], COMPLETED),
      recordingOf([], { ...COMPLETED, result: { total: 2 } }),
    );
    expect(why).toBe('the session completed; the replay completed');
    expect(differences).toEqual([{ path: 'result', recorded: '1', replayed: '{"total":2}' }]);
  });

  test('knows errors of the runtime by their code: their messages have figures', () => {
    const limit = (figure: number) =>
      ({
        ...failedWith('TenantryError', `${figure} MB resident`, 'TENANTRY_MEMORY_LIMIT'),
        reason: 'memory-limit',
      }) as const;
    const { verdict } = compared(recordingOf([], limit(300)), recordingOf([], limit(312)));
    expect(verdict).toBe('reproduced');
  });

  test('diverges at the first message that is another one, with what differs', () => {
    const items = (total: number): unknown => ({
      items: [{ id: 1 }, { id: 2, total }],
      same: true,
    });
    const result = compared(
      recordingOf([out('hi'), out(items(5)), out('bye')], FAILED),
      recordingOf([out('hi'), out(items(6)), out('other')], FAILED),
    );
    expect(result).toEqual({
      verdict: 'diverged',
      divergedAt: 2,
      why: 'message 2 is another one',
      differences: [{ path: 'message.items[1].total', recorded: '5', replayed: '6' }],
    });
  });

  test('diverges where a message is missing, or one is too many', () => {
    const two = recordingOf([out(1), out(2)]);
    const one = recordingOf([out(1)]);
    expect(compared(two, one)).toMatchObject({
      divergedAt: 2,
      why: 'message 2 is missing: the replay completed',
      differences: [{ recorded: '2', replayed: null }],
    });
    expect(compared(two, recordingOf([out(1)], null), 2)).toMatchObject({
      divergedAt: 2,
      why: 'message 2 is missing: it did not come in time',
    });
    expect(compared(one, two)).toMatchObject({ verdict: 'diverged', divergedAt: 2 });
    // It went on where the session had failed: that is no other way, but a better end.
    const fixed = compared(recordingOf([out(1)], FAILED), two);
    expect(fixed).toMatchObject({ verdict: 'not-reproduced', divergedAt: null });
    expect(fixed.why).toBe('the session failed with TypeError: no quantity; the replay completed');
    expect(compared(one, recordingOf([out(1)], null), 'end').why).toMatch(/until it was given up/);
  });

  test('diverges at an effect that was not recorded, unless a message did before', () => {
    const missing = { kind: 'effect-missing', name: 'charge', index: 1 } as const;
    const failed = failedWith('TenantryError', 'm', 'TENANTRY_REPLAY_EFFECT_MISSING');
    const recorded = recordingOf([out(1), out(2)]);
    expect(compared(recorded, recordingOf([out(1), missing], failed))).toMatchObject({
      verdict: 'diverged',
      divergedAt: 2,
      why: 'effect "charge" was not recorded (number 2 of this name)',
    });
    expect(compared(recorded, recordingOf([out(1), missing, out('sorry')])).why).toMatch(/charge/);
    expect(compared(recorded, recordingOf([out('x'), missing])).why).toMatch(/message 1/);
  });

  test('of a part of a session says so', () => {
    const cut = { afterEvents: 1, droppedEvents: 40, droppedBytes: 400 };
    const result = compared(recordingOf([out(1), out(9)], COMPLETED, cut), recordingOf([out(1)]));
    expect(result).toMatchObject({ verdict: 'not-reproduced', divergedAt: null });
    expect(result.why).toMatch(/^40 events are missing from the recording after its message 1/);
    const running = compared(recordingOf([out(1)], null), recordingOf([out(1), out(2)], null));
    expect(running).toMatchObject({ verdict: 'reproduced' });
    expect(running.why).toMatch(/was running when it was recorded/);
  });

  test('is read with the masks of the recording, where that has any', () => {
    const said = (value: object): ReturnType<typeof out> => out({ ...value, m: { count: 1 } });
    const real = [
      said({ password: 'hunter2hunter2' }),
      said({ $: 'map', v: [['apiKey', 'abc-123-def']] }),
      out('sent with Authorization: Bearer abcdefgh12345678'),
      out({ total: 5 }),
    ];
    const error = failedWith('Error', 'no login with password=hunter2hunter2');
    const masked = maskedRecording(recordingOf(real, error));
    expect(JSON.stringify(masked)).not.toMatch(/hunter2|abc-123|abcdefgh/);
    expect(compared(masked, recordingOf(real, error))).toMatchObject({ verdict: 'reproduced' });
    expect(compared(masked, recordingOf(real, failedWith('Error', 'no login')))).toMatchObject({
      verdict: 'not-reproduced',
    });
    const behind = [...real.slice(0, 3), out({ total: 6 })];
    expect(compared(masked, recordingOf(behind, error))).toMatchObject({
      divergedAt: 4,
      differences: [{ path: 'message.total', recorded: '5', replayed: '6' }],
    });
    // What no mask would have touched has not been masked.
    for (const other of [{ password: '' }, { password: 7 }, { password: null }, { word: 'x' }]) {
      expect(compared(masked, recordingOf([said(other), ...real.slice(1)], error))).toMatchObject({
        verdict: 'diverged',
        divergedAt: 1,
      });
    }
    expect(compared(recordingOf([out('[masked]')]), recordingOf([out('plain')])).divergedAt).toBe(
      1,
    );
    const result = { ...COMPLETED, result: { token: 'abc-123-def' } };
    expect(
      compared(maskedRecording(recordingOf([], result)), recordingOf([], result)).verdict,
    ).toBe('reproduced');
  });

  test('shows no secret, and nothing without end', () => {
    registerSecret('correct-horse-battery');
    const secret = (value: string): unknown => ({ auth: { token: [value] }, note: `has ${value}` });
    const { differences } = compared(
      recordingOf([out(secret('another-long-value'))]),
      recordingOf([out(secret('correct-horse-battery'))]),
    );
    expect(JSON.stringify(differences)).not.toMatch(/correct-horse/);
    expect(differences.map(({ path }) => path)).toEqual(['message.auth.token[0]', 'message.note']);
    expect(differences[0]).toMatchObject({ recorded: '"[masked]"', replayed: '"[masked]"' });
    const long = compared(
      recordingOf([out(Array.from({ length: 1_000 }, (_, n) => n))]),
      recordingOf([out(Array.from({ length: 1_000 }, (_, n) => `${n}${'x'.repeat(1_000)}`))]),
    );
    expect(long.differences.length).toBe(20);
    expect(JSON.stringify(long).length).toBeLessThan(10_000);
  });
});

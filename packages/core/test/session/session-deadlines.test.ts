import { describe, expect, test } from '@jest/globals';
import { SessionDeadlines } from '../../src/session/session-deadlines.js';
import type { Notice } from '../../src/vocabulary/notice.js';
import { ManualClock } from '../manual-clock.js';

function timed(rules: { maxDurationMs?: number; idleTimeoutMs?: number }) {
  const clock = new ManualClock();
  const told: unknown[] = [];
  let lastAtMs = clock.nowMs();
  const deadlines = new SessionDeadlines(
    {
      clock,
      maxDurationMs: rules.maxDurationMs ?? null,
      idleTimeoutMs: rules.idleTimeoutMs ?? null,
      softLimitRatio: 0.9,
    },
    {
      idleMs: (nowMs) => nowMs - lastAtMs,
      notice: ({ reason, leftMs, used, limit }: Notice) =>
        told.push(['notice', reason, leftMs, used, limit]),
      abort: (reason) => told.push(['abort', reason]),
    },
  );
  const message = (): void => {
    lastAtMs = clock.nowMs();
  };
  return { clock, told, deadlines, message };
}

describe('the deadlines of a session', () => {
  test('tell its longest duration first, then end it', () => {
    const { clock, told, deadlines } = timed({ maxDurationMs: 1_000 });
    deadlines.begin();
    clock.advance(899);
    expect(told).toEqual([]);
    clock.advance(1);
    expect(told).toEqual([['notice', 'timed-out', 100, 900, 1_000]]);
    clock.advance(99);
    expect(told).toHaveLength(1);
    clock.advance(1);
    expect(told[1]).toEqual(['abort', 'timed-out']);
  });

  test('tell silence once, and again after a message has broken it', () => {
    const { clock, told, deadlines, message } = timed({ idleTimeoutMs: 100 });
    deadlines.begin();
    clock.advance(95);
    expect(told).toEqual([['notice', 'idle', 10, 90, 100]]);
    message();
    clock.advance(89);
    expect(told).toHaveLength(1);
    clock.advance(1);
    expect(told[1]).toEqual(['notice', 'idle', 10, 90, 100]);
    clock.advance(10);
    expect(told[2]).toEqual(['abort', 'idle']);
  });

  test('do not count as silence what passed before its agent was entered', () => {
    const { clock, told, deadlines } = timed({ idleTimeoutMs: 100 });
    clock.advance(500);
    deadlines.begin();
    clock.advance(89);
    expect(told).toEqual([]);
    clock.advance(11);
    expect(told).toEqual([
      ['notice', 'idle', 10, 90, 100],
      ['abort', 'idle'],
    ]);
  });

  test('leave no timer behind when they are stopped', () => {
    const { clock, deadlines } = timed({ maxDurationMs: 1_000, idleTimeoutMs: 100 });
    deadlines.begin();
    deadlines.after(5, () => {});
    deadlines.stop();
    expect(clock.armedCount).toBe(0);
  });
});

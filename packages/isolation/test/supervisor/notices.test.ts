import { describe, expect, test } from '@jest/globals';
import { noticeListener } from '../../src/supervisor/notices.js';
import type { GuestNotice } from '../../src/wire/messages.js';
import { TestContext } from '../support/isolates-context.js';
import { TestIsolate } from '../support/isolates.js';

function heard(notice: GuestNotice): TestContext {
  const context = new TestContext();
  const { isolate } = new TestIsolate();
  isolate.tenant = 'acme';
  noticeListener(context)(isolate, notice);
  return context;
}

const WHERE = { isolate: 'process-1', rung: 'process' };
const error = { name: 'Error', message: 'boom' };

describe('a notice of a guest', () => {
  test('that is a log line is logged at its level, with where it came from', () => {
    const fields = { order: 7, isolate: 'forged', tenant: 'forged' };
    const { lines } = heard({ kind: 'log', level: 'warn', fields, message: 'late' });
    expect(lines).toEqual([{ order: 7, tenant: 'acme', ...WHERE, level: 'warn', msg: 'late' }]);
  });

  test('that is output is logged without its line break, with whose it is', () => {
    const output = { kind: 'output', stream: 'stderr', text: 'hi\n' } as const;
    const own = heard({ ...output, agent: 'billing', session: 's-1' }).lines;
    const nobodys = heard({ ...output, agent: null, session: null }).lines;
    const line = { tenant: 'acme', ...WHERE, stream: 'stderr', level: 'info', msg: 'hi' };
    expect([own, nobodys]).toEqual([[{ ...line, agent: 'billing', session: 's-1' }], [line]]);
  });

  test('says how much was dropped, and of whom', () => {
    expect(heard({ kind: 'dropped', lines: 3, bytes: 9 }).lines).toMatchObject([
      {
        level: 'warn',
        tenant: 'acme',
        droppedLines: 3,
        droppedBytes: 9,
        msg: "[log] dropped 3 lines (9 bytes) of tenant 'acme'",
      },
    ]);
  });

  test('that is a stray error becomes an event', () => {
    const whose = { session: 's1', tenant: 'acme', agent: 'echo' };
    const { events } = heard({ kind: 'stray-error', ...whose, error });
    expect(events).toEqual([{ kind: 'session.stray-error', ...whose, message: 'boom' }]);
  });

  test('that is an uncaught error is left to the end of the isolate', () => {
    const { events, lines } = heard({ kind: 'uncaught', error });
    expect([events, lines]).toEqual([[], []]);
  });

  test('that there is no hard limit is a warning', () => {
    expect(heard({ kind: 'no-hard-limit' }).lines).toMatchObject([
      { level: 'warn', tenant: 'acme', ...WHERE },
    ]);
  });
});

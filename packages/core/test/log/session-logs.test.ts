import { expect, test } from '@jest/globals';
import { MaskedLog } from '../../src/log/masked-log.js';
import { SessionLogs } from '../../src/log/session-logs.js';
import { ManualClock } from '../manual-clock.js';
import { MemoryLog } from '../memory-log.js';

const OWN = { tenant: 'acme', agent: 'billing', session: 's1' };

function logging(maxBytesPerSecond: number) {
  const log = new MemoryLog();
  const clock = new ManualClock();
  const logs = new SessionLogs(log, { maxBytesPerSecond, clock });
  return { log, clock, logs, session: logs.child(OWN) };
}

test('the log of a session says whose line it is, whatever its fields say', () => {
  const { log, session } = logging(10_000);
  session.child({ tenant: 'globex', step: 1 }).info({ session: 's2', order: 7 }, 'paid');
  expect(log.lines).toEqual([
    { level: 'info', message: 'paid', fields: { ...OWN, step: 1, order: 7 } },
  ]);
});

test('a flood of one session is counted and told, and another session goes on', () => {
  const { log, clock, logs, session } = logging(1_000);
  for (let line = 0; line < 100; line += 1) session.info({}, 'flood');
  logs.child({ ...OWN, session: 's2' }).info({}, 'on');
  const passed = log.lines.filter(({ message }) => message === 'flood').length;
  expect(passed).toBe(7);
  expect(log.lines.at(-1)!.message).toBe('on');
  clock.advance(1_000);
  expect(log.lines.at(-1)).toEqual({
    level: 'warn',
    message: `[log] dropped 93 lines (${93 * 133} bytes) of tenant 'acme'`,
    fields: { ...OWN, droppedLines: 93, droppedBytes: 93 * 133 },
  });
  session.info({}, 'back');
  expect(log.lines.at(-1)!.message).toBe('back');
});

test('a log that was handed in is given nothing secret, and is called as pino is', () => {
  const lines = new MemoryLog();
  const log = new MaskedLog(lines);
  log.child({ token: 'abc', tenant: 'acme' }).warn({ headers: { Cookie: 'x' } }, 'pwd=1');
  log.error(new Error('secret: abc'), undefined as never);
  log.info('hello' as never, undefined as never);
  expect(lines.lines).toMatchObject([
    {
      message: 'pwd=[masked]',
      fields: { tenant: 'acme', token: '[masked]', headers: { Cookie: '[masked]' } },
    },
    { message: 'secret: [masked]', fields: { err: { message: 'secret: [masked]' } } },
    { message: 'hello', fields: {} },
  ]);
});

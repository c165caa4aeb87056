import { expect, test } from '@jest/globals';
import { LONGEST_LINE_CHARS, LogSink, cutText } from '../../src/log/log-sink.js';

function sunk(line: object | string): string {
  const written: string[] = [];
  const sink = new LogSink({ write: (one) => void written.push(one) });
  sink.write(typeof line === 'string' ? line : `${JSON.stringify(line)}\n`);
  expect(written).toHaveLength(1);
  return written[0]!;
}

test('an ordinary line passes as it is', () => {
  const line = '{"level":30, "msg":"hello"}\n';
  expect(sunk(line)).toBe(line);
});

test('a line is masked by key and by value', () => {
  expect(JSON.parse(sunk({ deep: { API_KEY: 'x' }, msg: 'password=abc' }))).toEqual({
    deep: { API_KEY: '[masked]' },
    msg: 'password=[masked]',
  });
});

test('what is too long is cut, marked, and still JSON with all that tells whose it is', () => {
  const own = { level: 30, time: 1, tenant: 'acme', session: 's1' };
  const long = sunk({
    ...own,
    list: Array.from({ length: 20_000 }, (_, index) => index),
    err: { type: 'Error', message: 'boom '.repeat(9_000), stack: 'at '.repeat(9_000) },
    text: 'word '.repeat(90_000),
    msg: 'said '.repeat(9_000),
  });
  expect(long.length).toBeLessThanOrEqual(LONGEST_LINE_CHARS + 100);
  const line = JSON.parse(long) as Record<string, unknown>;
  expect(line).toMatchObject({
    ...own,
    truncated: true,
    list: '[too large]',
    err: { type: 'Error' },
  });
  expect(String(line['msg'])).toMatch(/^(said )+$/);
  expect(sunk(`${'no json '.repeat(9_000)}\n`)).toMatch(/^(no json ?)+(no )?\n$/);
});

test('a cut leaves no half of a word, which might be the half of a secret', () => {
  expect(cutText('one two-and-more', 12)).toBe('one ');
  expect(cutText('short', 12)).toBe('short');
});

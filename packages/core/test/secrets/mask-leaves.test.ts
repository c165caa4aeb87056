import { expect, test } from '@jest/globals';
import { maskedLeaves } from '../../src/secrets/mask-leaves.js';

test('masks the texts of data and leaves its shape alone', () => {
  const error = { name: 'Error', message: 'said Bearer abcdefghijklmnop', stack: 'at x' };
  const masked = JSON.parse(
    maskedLeaves({
      error,
      input: { apiKey: 'plain words', turns: 3, empty: '', nested: [{ password: 'hunter2' }] },
      entries: [
        ['password', 'hunter2'],
        ['colour', 'blue'],
      ],
    }),
  ) as unknown;
  expect(masked).toEqual({
    error: { name: 'Error', message: 'said Bearer [masked]', stack: 'at x' },
    input: { apiKey: '[masked]', turns: 3, empty: '', nested: [{ password: '[masked]' }] },
    entries: [
      ['password', '[masked]'],
      ['colour', 'blue'],
    ],
  });
});

test('gives back to the byte what holds no secret, however large', () => {
  const rows = Array.from({ length: 30_000 }, (_, at) => ({ at, text: 'hello' }));
  expect(maskedLeaves(rows)).toBe(JSON.stringify(rows));
  const all = JSON.parse(maskedLeaves([...rows, { token: 'abc-123-def' }])) as unknown[];
  expect(all).toHaveLength(30_001);
  expect(all.at(-1)).toEqual({ token: '[masked]' });
});

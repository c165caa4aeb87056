import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import type { Column } from '../../src/view/column.js';
import { openTableLines, tableLines } from '../../src/view/table.js';
import type { Terminal } from '../../src/view/terminal.js';

interface Row {
  readonly name: string;
  readonly count: string;
}
const COLUMNS: readonly Column<Row>[] = [
  { title: 'name', align: 'left', rank: 1, minWidth: 4, cell: ({ name }) => name },
  {
    title: 'count',
    align: 'right',
    rank: 2,
    cell: ({ count }) => ({ text: count, tone: 'warn' }),
  },
];
const plain: Terminal = { columns: null, hasColour: false, hasUnicode: true };
const rows = [
  { name: 'a', count: '7' },
  { name: 'abcdefgh', count: '1,234' },
];

describe('tableLines', () => {
  test('draws titles and rows, numbers to the right', () => {
    expect(tableLines(COLUMNS, rows, plain)).toEqual([
      '┌──────────┬───────┐',
      '│ name     │ count │',
      '├──────────┼───────┤',
      '│ a        │     7 │',
      '│ abcdefgh │ 1,234 │',
      '└──────────┴───────┘',
    ]);
  });

  test('draws in ASCII where nothing else is known to work', () => {
    expect(tableLines(COLUMNS, rows, { ...plain, hasUnicode: false, columns: 18 })).toEqual([
      '+--------+-------+',
      '| name   | count |',
      '+--------+-------+',
      '| a      |     7 |',
      '| abc... | 1,234 |',
      '+--------+-------+',
    ]);
  });

  test('cuts what may be cut, then leaves out columns and says which', () => {
    expect(tableLines(COLUMNS, rows, { ...plain, columns: 17 })[4]).toBe('│ abcd… │ 1,234 │');
    const lines = tableLines(COLUMNS, rows, { ...plain, columns: 14 });
    expect(lines[1]).toBe('│ name     │');
    expect(lines.slice(-3)).toEqual(['not shown at', '14 columns:', 'count']);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(14);
  });

  test('colours change nothing but the colour', () => {
    const painted = tableLines(COLUMNS, rows, { ...plain, hasColour: true });
    expect(painted[3]).toContain('\u001b[33m7\u001b[39m');
    const bare = painted.map((line) => stripVTControlCharacters(line));
    expect(bare).toEqual(tableLines(COLUMNS, rows, plain));
  });

  test('ten thousand rows are one table, drawn in a moment', () => {
    const many = Array.from({ length: 10_000 }, (_, at) => ({ name: `n${at}`, count: '1' }));
    const lines = tableLines(COLUMNS, many, { ...plain, columns: 80 });
    expect(lines).toHaveLength(10_004);
    expect(new Set(lines.map((line) => line.length))).toEqual(new Set([17]));
    expect(lines.slice(3, -1).map((line) => line.slice(2, 7).trim())).toEqual(
      many.map(({ name }) => name),
    );
  });

  test('wide characters keep the borders straight', () => {
    const lines = tableLines(COLUMNS, [{ name: '東京', count: '1' }], { ...plain, columns: 40 });
    expect(lines.slice(0, 4)).toEqual([
      '┌──────┬───────┐',
      '│ name │ count │',
      '├──────┼───────┤',
      '│ 東京 │     1 │',
    ]);
  });

  test('a cell is never cut within a character', () => {
    const lines = tableLines(COLUMNS, [{ name: '🎧🎧🎧', count: '1' }], { ...plain, columns: 16 });
    expect(lines[3]).toBe('│ 🎧…  │     1 │');
  });

  test('no cell gets a control sequence through', () => {
    const hostile = [{ name: '\u001b]0;x\u0007a\nb', count: '\u001b[2J1\u202e' }];
    const lines = tableLines(COLUMNS, hostile, plain);
    expect(lines[3]).toBe('│ a b  │     1 │');
    expect(lines).toHaveLength(5);
  });
});

describe('openTableLines', () => {
  test('has titles and rows, with a blank between columns', () => {
    expect(openTableLines(COLUMNS, rows, plain)).toEqual([
      'name     count',
      'a            7',
      'abcdefgh 1,234',
    ]);
    expect(openTableLines(COLUMNS, rows, { ...plain, columns: 11 })[2]).toBe('abcd… 1,234');
  });

  test('leaves out columns without a word', () => {
    expect(openTableLines(COLUMNS, rows, { ...plain, columns: 9 })).toEqual([
      'name    ',
      'a       ',
      'abcdefgh',
    ]);
  });

  test('hundreds of rows have one line of titles', () => {
    const many = Array.from({ length: 250 }, (_, at) => ({ name: `n${at}`, count: '1' }));
    const lines = openTableLines(COLUMNS, many, plain);
    expect(lines).toHaveLength(251);
    expect(lines.filter((line) => line.startsWith('name'))).toHaveLength(1);
    expect(lines.at(-1)).toMatch(/^n249 /);
  });
});

import { describe, expect, test } from '@jest/globals';
import { terminalOf } from '../../src/view/terminal.js';

const tty = { isTTY: true, columns: 100 };
const pipe = {};

describe('terminalOf', () => {
  test('a terminal has its width and colour, a pipe has neither', () => {
    expect(terminalOf(tty, {})).toEqual({ columns: 100, hasColour: true, hasUnicode: true });
    expect(terminalOf(pipe, {})).toEqual({ columns: null, hasColour: false, hasUnicode: true });
  });

  test('a terminal that does not tell its width has 80 columns', () => {
    expect(terminalOf({ isTTY: true }, {}).columns).toBe(80);
    expect(terminalOf({ isTTY: true, columns: 0 }, {}).columns).toBe(80);
  });

  test.each([
    ['120', 120],
    ['', null],
    ['-5', null],
    ['wide', null],
    ['1.5', null],
  ])('COLUMNS=%j limits a pipe to %p', (columns, expected) => {
    expect(terminalOf(pipe, { COLUMNS: columns }).columns).toBe(expected);
  });

  test("the terminal's own width beats COLUMNS", () => {
    expect(terminalOf(tty, { COLUMNS: '40' }).columns).toBe(100);
  });

  test.each([
    ['NO_COLOR on a terminal', tty, { NO_COLOR: '1' }, false],
    ['an empty NO_COLOR, which says nothing', tty, { NO_COLOR: '' }, true],
    ['FORCE_COLOR off a terminal', pipe, { FORCE_COLOR: '1' }, true],
    ['FORCE_COLOR=0 on a terminal', tty, { FORCE_COLOR: '0' }, false],
    ['NO_COLOR against FORCE_COLOR', tty, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
    ['TERM=dumb', tty, { TERM: 'dumb' }, false],
  ])('%s', (_, stream, env, hasColour) => {
    expect(terminalOf(stream, env).hasColour).toBe(hasColour);
  });

  test('TERM=dumb draws in ASCII', () => {
    expect(terminalOf(tty, { TERM: 'dumb' }).hasUnicode).toBe(false);
  });
});

import { describe, expect, test } from '@jest/globals';
import { cleanText, printableJson } from '../../src/view/clean-text.js';

const OBEYED = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

describe('cleanText', () => {
  test.each([
    ['a colour', '\u001b[31mred\u001b[0m', 'red'],
    ['a title', '\u001b]0;owned\u0007name', 'name'],
    ['a cursor move by C1', 'a\u009b2Jb', 'ab'],
    ['a lone escape', 'a\u001b', 'a'],
    ['a backspace and a bell', 'a\b\u0007b', 'ab'],
    ['marks that reorder text', 'a\u202eb\u2066c\u200fd', 'abcd'],
    ['zero-width characters', 'a\u200b\u2060\ufeffb', 'ab'],
    ['half a surrogate pair', 'a\ud800b', 'ab'],
    ['lines and tabs', 'a\r\nb\tc\u2028d', 'a b c d'],
  ])('%s does not get through', (_, dirty, clean) => {
    expect(cleanText(dirty)).toBe(clean);
  });

  test('letters of every script and emoji stay', () => {
    expect(cleanText('Zürich 東京 שלום 🎧')).toBe('Zürich 東京 שלום 🎧');
  });
});

describe('printableJson', () => {
  test('is the same value, with nothing a terminal obeys', () => {
    const value = { text: 'a\u001b[2J\u009b\u202e\u{e0001}\nb', list: [1, null] };
    const json = printableJson(value);
    expect(JSON.parse(json)).toEqual(value);
    expect(json.replaceAll('\n', '')).not.toMatch(OBEYED);
  });
});

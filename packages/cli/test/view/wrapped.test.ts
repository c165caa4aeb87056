import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { packed, wrapped } from '../../src/view/wrapped.js';

const wide = { columns: null, hasColour: false, hasUnicode: true };

describe('packed and wrapped', () => {
  test('a sentence is one line where no line is too long', () => {
    expect(wrapped('one two three', wide)).toEqual(['one two three']);
  });

  test('it breaks between words, and cuts only a word that is longer than a line', () => {
    const narrow = { ...wide, columns: 7 };
    expect(wrapped('one two three abcdefghi', narrow)).toEqual(['one two', 'three', 'abcdefg']);
  });

  test('colours do not count as width', () => {
    const pieces = ['aa', 'bb', 'cc'].map((text) => ({ text, tone: 'bad' as const }));
    const lines = packed(pieces, ' · ', { columns: 7, hasColour: true, hasUnicode: true });
    expect(lines.map((line) => stripVTControlCharacters(line))).toEqual(['aa · bb', 'cc']);
  });
});

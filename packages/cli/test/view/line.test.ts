import { describe, expect, test } from '@jest/globals';
import { fittingLine, lineOf } from '../../src/view/line.js';

const terminal = { columns: 10, hasColour: false, hasUnicode: true };
const plain = (text: string) => ({ text, tone: 'plain' }) as const;

describe('lineOf', () => {
  test('cuts where the line ends, whatever the pieces', () => {
    expect(lineOf([plain('abcd'), plain('efgh'), plain('ijkl')], terminal)).toBe('abcdefghi…');
    expect(lineOf([plain('東京東京東'), plain('x')], terminal)).toBe('東京東京東');
  });

  test('colours do not count, and controls do not get through', () => {
    const painted = lineOf([{ text: '\u001b[2Jabc', tone: 'bad' }, plain('d\ne')], {
      ...terminal,
      hasColour: true,
    });
    expect(painted).toBe('\u001b[31mabc\u001b[39md e');
  });
});

describe('fittingLine', () => {
  test('leaves out whole pieces that do not fit, later ones may', () => {
    expect(fittingLine([plain('abc'), plain('too long'), plain('de')], ' · ', terminal)).toBe(
      'abc · de',
    );
  });

  test('cuts only the first one', () => {
    expect(fittingLine([plain('abcdefghijkl'), plain('m')], ' · ', terminal)).toBe('abcdefghi…');
  });
});

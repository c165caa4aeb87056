import { describe, expect, test } from '@jest/globals';
import { bar, graph, type GraphScale } from '../../src/view/meter.js';

const unicode = { columns: null, hasColour: false, hasUnicode: true };
const ascii = { ...unicode, hasUnicode: false };

describe('bar', () => {
  test.each([
    [0, '    ', '    '],
    [0.001, '▏   ', '#   '],
    [0.5, '██  ', '##  '],
    [0.66, '██▋ ', '### '],
    [1, '████', '####'],
    [3.2, '████', '####'],
    [-1, '    ', '    '],
  ])('a share of %d', (ratio, drawn, plain) => {
    expect([bar(ratio, 4, unicode), bar(ratio, 4, ascii)]).toEqual([drawn, plain]);
  });
});

describe('graph', () => {
  const scale: GraphScale = { full: 1, height: 1, width: 5, toneOf: () => 'plain' };
  const drawn = (values: readonly number[], over: object = {}, terminal = unicode): string[] =>
    graph(values, { ...scale, ...over }, terminal).map((pieces) =>
      pieces.map(({ text }) => text).join(''),
    );

  test('the newest value is to the right, what is missing to the left is empty', () => {
    expect(drawn([0, 0.5, 1])).toEqual(['   ▄█']);
    expect(drawn([1, 1, 0, 0, 0, 0.01, 0.25])).toEqual(['   ▁▂']);
    expect(drawn([])).toEqual(['     ']);
  });

  test('a value above the scale raises it', () => {
    expect(drawn([1, 2])).toEqual(['   ▄█']);
  });

  test('several lines are one graph', () => {
    expect(drawn([0.25, 0.5, 0.75, 1], { height: 2 })).toEqual(['   ▄█', ' ▄███']);
  });

  test('in ASCII too', () => {
    expect(drawn([0, 0.3, 0.6, 1], {}, ascii)).toEqual(['  .:|']);
  });

  test('neighbours of one tone are one piece', () => {
    const toneOf = (value: number) => (value > 0.5 ? 'bad' : 'good');
    const [pieces] = graph([0.1, 0.2, 0.9, 0.8, 0.1], { ...scale, toneOf }, unicode);
    expect(pieces!.map(({ tone, text }) => [tone, text.length])).toEqual([
      ['plain', 0],
      ['good', 2],
      ['bad', 2],
      ['good', 1],
    ]);
  });
});

import { describe, expect, test } from '@jest/globals';
import { clipped, textWidth } from '../../src/view/text-width.js';

describe('textWidth', () => {
  test.each([
    ['', 0],
    ['plain', 5],
    ['≈20.0M ███▌ · …', 15],
    ['東京', 4],
    ['🎧', 2],
    ['e\u0301', 1],
  ])('%p', (text, width) => expect(textWidth(text)).toBe(width));
});

describe('clipped', () => {
  test.each([
    ['short', 5, 'short'],
    ['longer', 5, 'long…'],
    ['東京', 4, '東京'],
    ['東京駅', 4, '東…'],
    ['東京駅', 5, '東京…'],
    ['🎧🎧🎧', 5, '🎧🎧…'],
    ['anything', 1, 'a'],
    ['東京', 1, ''],
    ['anything', 0, ''],
  ])('%p to %d columns', (text, width, cut) => expect(clipped(text, width, '…')).toBe(cut));

  test('three dots need more room than one', () => {
    expect([clipped('abcdef', 5, '...'), clipped('abcdef', 3, '...')]).toEqual(['ab...', 'abc']);
  });
});

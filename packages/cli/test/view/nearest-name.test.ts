import { describe, expect, test } from '@jest/globals';
import { nearestId, nearestName } from '../../src/view/nearest-name.js';

const KNOWN = ['acme', 'globex', 'initech', 'umbrella', 'acne'];

describe('nearestName', () => {
  test.each([
    ['acem', 'acme'],
    ['acm', 'acme'],
    ['Globex', 'globex'],
    ['globx', 'globex'],
    ['golbex', 'globex'],
    ['initehc', 'initech'],
    ['umbrealla', 'umbrella'],
    ['acle', 'acme'],
    ['zzzz', undefined],
    ['a', undefined],
    ['', undefined],
    ['ac', undefined],
    ['x'.repeat(200), undefined],
  ])('%s: %s', (name, near) => {
    expect(nearestName(name, KNOWN)).toBe(near);
  });

  test('of equally near ones it is the first by the alphabet, in whatever order they come', () => {
    expect(nearestName('acxe', ['acme', 'acne'])).toBe('acme');
    expect(nearestName('acxe', ['acne', 'acme'])).toBe('acme');
  });

  test('nobody is near nobody', () => {
    expect(nearestName('acme', [])).toBeUndefined();
  });

  test('ten thousand names are looked through within a moment, more are not', () => {
    const names = Array.from({ length: 20_000 }, (_, at) => `tenant-${at}`);
    expect(nearestName('tenant-9998x', names)).toBe('tenant-9998');
    expect(nearestName('special', [...names, 'special1'])).toBeUndefined();
  });
});

describe('nearestId', () => {
  test('compares with the beginnings of ids', () => {
    const ids = ['3f2a91c0-5b7d', '8e4af50c-1111'];
    expect(nearestId('3f2a91d0', ids)).toBe('3f2a91c0-5b7d');
    expect(nearestId('8e4a', ids)).toBe('8e4af50c-1111');
    expect(nearestId('ffffffff', ids)).toBeUndefined();
  });
});

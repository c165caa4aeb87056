import { describe, expect, test } from '@jest/globals';
import { keyOf } from '../../src/screen/keys.js';

describe('keyOf', () => {
  test.each([
    ['a letter', 'q', { name: 'q' }, { name: 'q', text: 'q' }],
    ['a capital', 'G', { name: 'g', shift: true }, { name: 'G', text: 'G' }],
    ['a mark', '/', { sequence: '/' }, { name: '/', text: '/' }],
    ['a digit', '1', { name: '1' }, { name: '1', text: '1' }],
    ['a letter of another script', '東', {}, { name: '東', text: '東' }],
    ['a blank', ' ', { name: 'space' }, { name: ' ', text: ' ' }],
    ['Enter', '\r', { name: 'return' }, { name: 'enter', text: '' }],
    ['Enter of a pasted text', '\n', { name: 'enter' }, { name: 'enter', text: '' }],
    ['Backspace', '\u007f', { name: 'backspace' }, { name: 'backspace', text: '' }],
    ['Esc', '\u001b', { name: 'escape', meta: true }, { name: 'escape', text: '' }],
    ['an arrow', undefined, { name: 'up' }, { name: 'up', text: '' }],
    ['Ctrl-C', '\u0003', { name: 'c', ctrl: true }, { name: 'ctrl-c', text: '' }],
  ] as const)('%s', (_, text, press, key) => expect(keyOf(text, press)).toEqual(key));

  test.each([
    ['a sequence that is not known', '\u001b[99~', {}],
    ['Alt and a letter', '\u001bq', { name: 'q', meta: true }],
    ['a control without a name', '\u0000', {}],
  ] as const)('%s is no key', (_, text, press) => expect(keyOf(text, press)).toBeUndefined());
});

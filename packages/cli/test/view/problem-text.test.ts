import { describe, expect, test } from '@jest/globals';
import { problemText } from '../../src/view/problem-text.js';

describe('problemText', () => {
  test('is a sentence and its code', () => {
    expect(problemText({ message: 'no pool', code: 'TENANTRY_RUNTIME_NONE' })).toBe(
      'tenantry: no pool (TENANTRY_RUNTIME_NONE)\n',
    );
    expect(problemText({ message: 'no tenant' })).toBe('tenantry: no tenant\n');
  });

  test('what else the message says comes below, with its indentation', () => {
    expect(problemText({ message: 'two pools\n  /a\n  /b', code: 'X' })).toBe(
      'tenantry: two pools (X)\n  /a\n  /b\n',
    );
  });

  test('nothing in it moves a cursor', () => {
    const text = problemText({ message: 'a\u001b[2J\u202eb\r\n  \u009b1Ac', code: 'X\u0007' });
    expect(text).toBe('tenantry: ab (X)\n  c\n');
  });
});

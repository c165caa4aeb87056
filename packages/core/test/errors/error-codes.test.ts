import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { ERROR_CODES, isErrorCode } from '../../src/errors/error-codes.js';
import { ABORT_CODE, END_REASONS } from '../../src/vocabulary/end-reason.js';

const codes = Object.entries(ERROR_CODES);
const page = readFileSync(new URL('../../../../../docs/errors.md', import.meta.url), 'utf8');
const sections = page
  .split(/^## /m)
  .slice(1)
  .map((section) => section.split('\n').filter((line) => line.trim() !== ''));

describe('the table of error codes', () => {
  test.each(codes)(
    '%s is spelt in capitals and says what went wrong in one sentence',
    (code, entry) => {
      expect(code).toMatch(/^TENANTRY(_[A-Z]+)+$/);
      expect(entry.meaning).toMatch(/^(?:[A-Z]|isolation: )[^\n]*[^.]\.$/);
      expect(entry.meaning).not.toMatch(/\$\{|undefined/);
    },
  );

  test('no two codes mean the same', () => {
    const meanings = codes.map(([, { meaning }]) => meaning);
    expect(new Set(meanings).size).toBe(codes.length);
  });

  test('every way a session can be aborted has its code', () => {
    const reasons = END_REASONS.filter((reason) => reason !== 'completed' && reason !== 'failed');
    expect(Object.keys(ABORT_CODE).sort()).toEqual([...reasons].sort());
    expect(Object.values(ABORT_CODE).every(isErrorCode)).toBe(true);
    expect(new Set(Object.values(ABORT_CODE)).size).toBe(reasons.length);
  });

  test.each(['toString', '__proto__', 'constructor', '', 'TENANTRY_', 7, null, undefined, {}])(
    '%p is no code',
    (value) => {
      expect(isErrorCode(value)).toBe(false);
    },
  );
});

describe('docs/errors.md', () => {
  test('has one heading for every code, in the order of the table', () => {
    expect(sections.map(([heading]) => heading)).toEqual(codes.map(([code]) => code));
  });

  test.each(codes)('%s begins with its meaning and says whether a retry helps', (code, entry) => {
    const [, meaning, retryable, advice] = sections.find(([heading]) => heading === code) ?? [];
    expect(meaning).toBe(entry.meaning);
    expect(retryable).toBe(`Retryable: ${entry.retryable ? 'yes' : 'no'}.`);
    expect(advice).toMatch(/^What to do: .+\.$/);
  });
});

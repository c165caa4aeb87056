import { describe, expect, test } from '@jest/globals';
import { mergeSnapshot } from '../../src/snapshot/merge.js';
import { parseSnapshot } from '../../src/snapshot/snapshot.js';
import { thrownBy } from '../caught.js';
import { inputWith, record } from './merge-inputs.js';

const snapshot = (): Record<string, unknown> =>
  JSON.parse(JSON.stringify(mergeSnapshot(inputWith({ isolates: [record()] })))) as Record<
    string,
    unknown
  >;

describe('parseSnapshot', () => {
  test.each([0, 1, '2', null, undefined])('refuses version %p and names both', (schemaVersion) => {
    const error = thrownBy(() => parseSnapshot({ ...snapshot(), schemaVersion }));
    expect(error.code).toBe('TENANTRY_INSPECTOR_REPLY_INVALID');
    expect(error.message).toBe(
      `snapshot of version ${schemaVersion}: this program reads version 2`,
    );
    expect(error.details).toEqual({ version: schemaVersion, reads: 2 });
  });

  test.each([null, undefined, 7, 'text', [], {}])('refuses %p', (value) => {
    expect(thrownBy(() => parseSnapshot(value)).code).toBe('TENANTRY_INSPECTOR_REPLY_INVALID');
  });

  test.each<readonly [string, (value: Record<string, unknown>) => void]>([
    ['a missing part', (value) => delete value['totals']],
    ['a negative count', (value) => ((value['totals'] as { ghosts: number }).ghosts = -1)],
    ['an unknown rung', (value) => ((value['isolates'] as { rung: string }[])[0]!.rung = 'moon')],
    ['an unknown end', (value) => ((value['totals'] as { ends: object }).ends = { exploded: 1 })],
  ])('refuses a snapshot with %s and says where', (_name, spoil) => {
    const value = snapshot();
    spoil(value);
    const error = thrownBy(() => parseSnapshot(value));
    expect(error.code).toBe('TENANTRY_INSPECTOR_REPLY_INVALID');
    expect(error.message).toMatch(/the reply is no snapshot: [\s\S]*at (totals|isolates)/);
  });

  test('ignores a field of a later minor version', () => {
    expect(parseSnapshot({ ...snapshot(), later: true })).toEqual(snapshot());
  });
});

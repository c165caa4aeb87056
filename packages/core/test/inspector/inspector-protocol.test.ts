import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { codeOf } from '../../src/errors/errors.js';
import { parseInspectorRequest } from '../../src/inspector/inspector-protocol.js';
import { caught } from '../caught.js';

const codeFor = async (request: unknown): Promise<string | undefined> =>
  (await caught(() => parseInspectorRequest(JSON.stringify(request)))).code;

const set = { command: 'set', setting: 'slowSessionThresholdMs', value: 50 };
const profile = { command: 'profile', target: 'main', type: 'cpu', seconds: 5 };

describe('a request to the inspector', () => {
  test.each([[{ command: 'snapshot' }], [set], [profile], [{ ...profile, type: 'heap' }]])(
    'of every command is taken as it is: %j',
    (request) => {
      expect(parseInspectorRequest(JSON.stringify(request))).toEqual(request);
    },
  );

  test.each([
    ['no JSON', 'snapshot'],
    ['nothing', ''],
    ['cut off', '{"command":"snap'],
    ['null', 'null'],
    ['a number', '1'],
    ['a text', '"snapshot"'],
    ['a list', '["snapshot"]'],
    ['without a command', '{}'],
    ['of an unknown command', '{"command":"stop"}'],
    ['of a command of a plain object', '{"command":"constructor"}'],
    ['with a field too many', '{"command":"snapshot","tenant":"acme"}'],
    ['with a misspelt field', '{"command":"set","settings":"slowSessionThresholdMs","value":50}'],
  ])('that is %s is no request', async (_what, line) => {
    expect((await caught(() => parseInspectorRequest(line))).code).toBe(
      'TENANTRY_INSPECTOR_REQUEST_INVALID',
    );
  });

  test.each([
    ['an unknown setting', { ...set, setting: 'name' }],
    ['no setting', { command: 'set', value: 50 }],
    ['a value below its bounds', { ...set, value: 4.9 }],
    ['a value above its bounds', { ...set, value: 60_001 }],
    ['a text for a value', { ...set, value: '50' }],
    ['no value', { command: 'set', setting: 'slowSessionThresholdMs' }],
    ['an empty target', { ...profile, target: '' }],
    ['a number for a target', { ...profile, target: 1 }],
    ['an unknown type of profile', { ...profile, type: 'disk' }],
    ['a profile of no time', { ...profile, seconds: 0 }],
    ['a profile of too long a time', { ...profile, seconds: 61 }],
    ['no time', { command: 'profile', target: 'main', type: 'cpu' }],
  ])('with %s is refused as an option', async (_what, request) => {
    expect(await codeFor(request)).toBe('TENANTRY_OPTIONS_INVALID');
  });

  test.each([5, 60_000])('may set the threshold to its bound of %i ms', (value) => {
    expect(parseInspectorRequest(JSON.stringify({ ...set, value }))).toEqual({ ...set, value });
  });

  test('of any other line is refused with a code', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (line) => {
        let code: string | undefined = 'none';
        try {
          parseInspectorRequest(line);
        } catch (error) {
          code = codeOf(error);
        }
        expect(['TENANTRY_INSPECTOR_REQUEST_INVALID', 'TENANTRY_OPTIONS_INVALID']).toContain(code);
      }),
    );
  });
});

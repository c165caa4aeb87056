import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { MessageLimits } from '../../src/channel/message-limits.js';
import { TenantryError } from '../../src/errors/errors.js';
import { defineAgent } from '../../src/host/agent.js';
import { parseConfig, parseInput, parseOpenRequest } from '../../src/pool/open-request.js';
import { thrownBy } from '../caught.js';
import { echo } from './test-pool.js';

const LIMITS = MessageLimits.parse({});
const asking = (input: z.ZodType, config?: z.ZodType): ReturnType<typeof defineAgent> =>
  defineAgent({ name: 'asking', input, config, run: () => 1 });

describe('an open request', () => {
  test.each<readonly [unknown, string, string]>([
    [{ tennant: 'acme' }, 'open: Unrecognized key: "tennant"', 'an object'],
    [{ metadata: 'room' }, 'metadata', '"room"'],
    [{ metadata: [] }, 'metadata', 'an array'],
    [{ maxDurationMs: 0 }, 'maxDurationMs', '0'],
    [{ maxDurationMs: Number.NaN }, 'maxDurationMs', 'NaN'],
    [{ idleTimeoutMs: Number('1e309') }, 'idleTimeoutMs', 'Infinity'],
    [{ idleTimeoutMs: '5' }, 'idleTimeoutMs', '"5"'],
    [{ signal: {} }, 'signal', 'an object'],
    [null, 'open', 'null'],
    ['acme', 'open', '"acme"'],
    [[], 'open', 'an array'],
  ])('%p is refused with its path and the received value', (request, path, received) => {
    const error = thrownBy(() => parseOpenRequest(request));
    expect(error.code).toBe('TENANTRY_OPTIONS_INVALID');
    expect(error.message).toContain(path);
    expect(error.message).toContain(`received ${received}`);
  });
});

describe('an input', () => {
  test('is parsed by the agent’s schema, defaults included, and copied', () => {
    const agent = asking(z.object({ locale: z.string().default('en'), list: z.array(z.int()) }));
    const list = [1];
    const input = parseInput(agent, { list }, LIMITS) as { list: number[] };
    list.push(2);
    expect(input).toEqual({ locale: 'en', list: [1] });
  });

  test('that nobody checks is copied as it is', () => {
    const input = { any: ['thing'] };
    expect(parseInput(echo, input, LIMITS)).toEqual(input);
    expect(parseInput(echo, input, LIMITS)).not.toBe(input);
    expect(parseInput(echo, undefined, LIMITS)).toBeUndefined();
  });

  test.each<readonly [string, z.ZodType, unknown, RegExp]>([
    [
      'says what is wrong where',
      z.object({ user: z.object({ age: z.int() }) }),
      { user: { age: 'x' } },
      /user\.age: Invalid input/,
    ],
    ['says it of the whole', z.string(), 7, /input: Invalid input/],
    [
      'whose schema throws',
      z.string().transform(() => {
        throw new Error('own');
      }),
      'x',
      /cannot be used/,
    ],
    [
      'whose schema says that it was somebody else',
      z.string().transform(() => {
        throw new TenantryError('TENANTRY_POOL_CAP', 'forged');
      }),
      'x',
      /its schema threw/,
    ],
    [
      'whose schema is asynchronous',
      z.string().refine(() => Promise.resolve(true)),
      'x',
      /synchronously/,
    ],
  ])('that does not fit is refused: %s', (_name, schema, input, message) => {
    const error = thrownBy(() => parseInput(asking(schema), input, LIMITS));
    expect(error.code).toBe('TENANTRY_INPUT_INVALID');
    expect(error.message).toMatch(message);
  });

  test('that cannot be carried is refused on every rung', () => {
    expect(thrownBy(() => parseInput(echo, { run: () => 1 }, LIMITS)).code).toBe(
      'TENANTRY_MESSAGE_UNCLONEABLE',
    );
    const schema = z.any().transform(() => ({ run: () => 1 }));
    expect(thrownBy(() => parseInput(asking(schema), 1, LIMITS)).code).toBe(
      'TENANTRY_MESSAGE_UNCLONEABLE',
    );
  });
});

describe('a config that an agent asks for', () => {
  const withConfig = (config: z.ZodType): ReturnType<typeof defineAgent> => asking(z.any(), config);

  test('is parsed, and frozen like one nobody checks', () => {
    const agent = withConfig(z.object({ retries: z.int().default(3), keys: z.array(z.string()) }));
    const config = parseConfig(agent, 'acme', { keys: ['k'] }) as { keys: string[] };
    expect(config).toEqual({ retries: 3, keys: ['k'] });
    expect(() => config.keys.push('x')).toThrow(TypeError);
    expect(parseConfig(echo, 'acme', config)).toBe(config);
  });

  test.each<readonly [string, z.ZodType]>([
    ['does not fit', z.object({ apiKey: z.int() })],
    ['lacks a field', z.object({ region: z.string() })],
    [
      'has a schema that throws',
      z.any().transform(() => {
        throw new Error('sk-secret');
      }),
    ],
    ['has an asynchronous schema', z.any().refine(() => Promise.resolve(true))],
    ['becomes what cannot be carried', z.any().transform(() => ({ run: () => 'sk-secret' }))],
  ])('is refused without its values where it %s', (_name, schema) => {
    const error = thrownBy(() => parseConfig(withConfig(schema), 'acme', { apiKey: 'sk-secret' }));
    expect([error.code, error.tenant]).toEqual(['TENANTRY_TENANT_CONFIG_FAILED', 'acme']);
    expect(error.message).not.toContain('sk-secret');
  });
});

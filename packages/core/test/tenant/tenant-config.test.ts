import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { TenantConfig } from '../../src/tenant/tenant-config.js';
import type { ConfigSource } from '../../src/tenant/tenant-options.js';
import { caught, thrownBy } from '../caught.js';
import { gate } from '../gate.js';
import { ManualClock } from '../manual-clock.js';

const RULES = { ttlMs: 60_000, timeoutMs: 5_000 };

function configOf(source: ConfigSource | undefined, clock = new ManualClock()): TenantConfig {
  return new TenantConfig('acme', source, RULES, clock);
}

describe('a tenant’s config', () => {
  test('is an empty frozen object where the tenant has none', () => {
    expect(configOf(undefined).get()).toEqual({});
    expect(Object.isFrozen(configOf(undefined).get())).toBe(true);
  });

  test('given as an object is copied and frozen all the way down, at once', () => {
    const source = { llm: { keys: ['k1'] } };
    const config = configOf(source).get() as typeof source;
    source.llm.keys.push('k2');
    expect(config).toEqual({ llm: { keys: ['k1'] } });
    expect(() => config.llm.keys.push('k3')).toThrow(TypeError);
    expect(() => Object.assign(config.llm, { more: 1 })).toThrow(TypeError);
  });

  test('cannot be changed through a map or a set either', () => {
    const config = configOf({ byKey: new Map([['a', { n: 1 }]]), names: new Set(['x']) }).get() as {
      byKey: Map<string, { n: number }>;
      names: Set<string>;
    };
    expect(() => config.byKey.set('b', { n: 2 })).toThrow(TypeError);
    expect(() => config.byKey.clear()).toThrow(TypeError);
    expect(() => config.names.add('y')).toThrow(TypeError);
    expect(() => config.names.delete('x')).toThrow(TypeError);
    expect(() => Object.assign(config.byKey.get('a')!, { n: 3 })).toThrow(TypeError);
    expect([config.byKey.get('a'), config.names.has('x')]).toEqual([{ n: 1 }, true]);
  });

  test('given as a function is fetched with the tenant’s id and kept until it expires', async () => {
    const clock = new ManualClock();
    const asked: string[] = [];
    const config = configOf((tenant: string) => ({ n: asked.push(tenant) }), clock);
    expect(await config.get()).toEqual({ n: 1 });
    clock.advance(59_999);
    expect(config.get()).toEqual({ n: 1 });
    clock.advance(1);
    expect(await config.get()).toEqual({ n: 2 });
    config.forget();
    expect(await config.get()).toEqual({ n: 3 });
    expect(asked).toEqual(['acme', 'acme', 'acme']);
  });

  test('is fetched once for sessions that start at the same time', async () => {
    const answer = gate<object>();
    let fetches = 0;
    const config = configOf(() => {
      fetches += 1;
      return answer.promise;
    });
    const waiting = Array.from({ length: 100 }, () => config.get());
    answer.open({ shared: true });
    const values = await Promise.all(waiting);
    expect(fetches).toBe(1);
    expect(new Set(values).size).toBe(1);
    expect(config.get()).toBe(values[0]);
  });

  test('that answers nothing is an empty object', async () => {
    expect(await configOf(() => undefined).get()).toEqual({});
    expect(await configOf(() => Promise.resolve(null)).get()).toEqual({});
  });
});

describe('a config that cannot be had', () => {
  test.each<readonly [string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('vault down');
      },
    ],
    ['rejects', () => Promise.reject(new Error('vault down'))],
  ])(
    'because its function %s is a coded refusal with the cause, and is asked for again',
    async (_how, fail) => {
      let calls = 0;
      const config = configOf(() => (calls++ === 0 ? fail() : { ok: true }));
      const error = await caught(() => config.get());
      expect(error).toMatchObject({
        code: 'TENANTRY_TENANT_CONFIG_FAILED',
        tenant: 'acme',
        retryable: true,
      });
      expect(error.retryAfterMs).toBeGreaterThan(0);
      expect((error.cause as Error).message).toBe('vault down');
      expect(await config.get()).toEqual({ ok: true });
    },
  );

  test('in time is a refusal at the deadline, for everyone who waits, and is asked for again', async () => {
    const clock = new ManualClock();
    let calls = 0;
    const config = configOf(() => (calls++ === 0 ? new Promise(() => {}) : { ok: true }), clock);
    const waiting = [caught(() => config.get()), caught(() => config.get())];
    clock.advance(5_000);
    for (const error of await Promise.all(waiting)) {
      expect([error.code, error.message]).toEqual([
        'TENANTRY_TENANT_CONFIG_FAILED',
        'config of tenant "acme": no answer within 5000 ms',
      ]);
    }
    expect(await config.get()).toEqual({ ok: true });
  });

  test('because it is no plain data is refused without a word of what stands in it', async () => {
    const secret = { apiKey: 'sk-secret', call: () => 'sk-secret' };
    const errors = [
      thrownBy(() => configOf(secret).get()),
      await caught(() => configOf(() => secret).get()),
    ];
    for (const error of errors) {
      expect(error.code).toBe('TENANTRY_TENANT_CONFIG_FAILED');
      expect(inspect(error, { depth: 10 })).not.toContain('sk-secret');
    }
  });

  test('because it is larger than a mebibyte is refused', () => {
    const error = thrownBy(() => configOf({ text: 'x'.repeat(2_000_000) }).get());
    expect((error.cause as { code: string }).code).toBe('TENANTRY_MESSAGE_TOO_LARGE');
  });
});

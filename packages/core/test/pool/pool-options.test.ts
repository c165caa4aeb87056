import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { parsePoolOptions } from '../../src/pool/pool-options.js';
import { thrownBy } from '../caught.js';
import { echo } from './test-pool.js';

const refused = (options: unknown): ReturnType<typeof thrownBy> =>
  thrownBy(() => parsePoolOptions(options));

describe('a pool option', () => {
  test.each<readonly [object, string, string]>([
    [{ maxConcurentSessions: 5 }, 'maxConcurentSessions', 'an object'],
    [
      { messages: { maxMessageByte: 1 } },
      'messages: Unrecognized key: "maxMessageByte"',
      'an object',
    ],
    [
      { tenants: { acme: { maxSession: 1 } } },
      'tenants.acme: Unrecognized key: "maxSession"',
      'an object',
    ],
    [{ isolateOptions: { restart: { factors: 1 } } }, 'isolateOptions.restart', 'an object'],
    [{ maxConcurrentSessions: '5' }, 'maxConcurrentSessions', '"5"'],
    [{ maxConcurrentSessions: Number.NaN }, 'maxConcurrentSessions', 'NaN'],
    [{ maxConcurrentSessions: -1 }, 'maxConcurrentSessions', '-1'],
    [{ maxConcurrentSessions: 0 }, 'maxConcurrentSessions', '0'],
    [{ maxConcurrentSessions: 1.5 }, 'maxConcurrentSessions', '1.5'],
    [{ maxConcurrentSessions: Number('1e309') }, 'maxConcurrentSessions', 'Infinity'],
    [{ drainTimeoutMs: -0.5 }, 'drainTimeoutMs', '-0.5'],
    [{ drainTimeoutMs: Number('1e309') }, 'drainTimeoutMs', 'Infinity'],
    [{ drainTimeoutMs: 2 ** 40 }, 'drainTimeoutMs', '1099511627776'],
    [{ abortGraceMs: Number.NaN }, 'abortGraceMs', 'NaN'],
    [{ maxDurationMs: 0 }, 'maxDurationMs', '0'],
    [{ memoryLimitMb: -1 }, 'memoryLimitMb', '-1'],
    [{ memoryLimitMb: 5n }, 'memoryLimitMb', '5n'],
    [{ memoryWarnMb: 600, memoryLimitMb: 500 }, 'memoryWarnMb', '600'],
    [{ memoryHardLimitMb: 64 }, 'memoryHardLimitMb', 'an object'],
    [{ tenants: { acme: { memoryLimitMb: 0 } } }, 'tenants.acme.memoryLimitMb', '0'],
    [{ consecutiveFailureLimit: 0 }, 'consecutiveFailureLimit', '0'],
    [{ stateDir: '' }, 'stateDir', '""'],
    [{ isolation: 'thread' }, 'isolation', '"thread"'],
    [{ tenants: { acme: { isolate: 'vm' } } }, 'tenants.acme.isolate', '"vm"'],
    [{ tenants: { acme: { maxSessions: null } } }, 'tenants.acme.maxSessions', 'null'],
    [{ tenants: [] }, 'tenants', 'an array'],
    [{ messages: { highWaterMessages: 0 } }, 'messages.highWaterMessages', '0'],
    [{ agents: [{ name: 'echo' }] }, 'agents.0', 'an object'],
    [{ observers: [{}] }, 'observers.0', 'an object'],
    [{ router: 'voice' }, 'router', '"voice"'],
    [{ isolates: {} }, 'isolates', 'an object'],
    [{ name: 'a/b' }, 'name', '"a/b"'],
    [{ deploymentVersion: ' ' }, 'deploymentVersion', '""'],
    [{ enableIntrospection: 'yes' }, 'enableIntrospection', '"yes"'],
    [{ strayErrors: 'ignore' }, 'strayErrors', '"ignore"'],
    [{ introspectionSocketPath: '' }, 'introspectionSocketPath', '""'],
    [{ maxSessionsPerAgent: { echo: -1 } }, 'maxSessionsPerAgent.echo', '-1'],
  ])('%p is refused with its path and the received value', (options, path, received) => {
    const error = refused(options);
    expect(error.code).toBe('TENANTRY_OPTIONS_INVALID');
    expect(error.message).toContain(path);
    expect(error.message).toContain(`received ${received}`);
  });

  test('what is refused of the whole is named once', () => {
    expect(refused({ log: {} }).message).toMatch(
      /^pool options: Unrecognized key: "log", received/,
    );
    expect(refused('none').message).toMatch(/^pool options: Invalid input: /);
  });

  /** Where each group of what confines tenants stands, with its numbers and with what no number may be. */
  const GROUPS: readonly [path: string, numbers: readonly string[]][] = [
    [
      'circuitBreaker',
      [
        'failureRatio',
        'minimumSamples',
        'windowMs',
        'consecutiveFailures',
        'cooldownMs',
        'cooldownFactor',
        'maxCooldownMs',
        'probeTimeoutMs',
      ],
    ],
    ['fairQueue', ['maxWaiting', 'maxWaitingPerTenant', 'maxWaitMs']],
    ['rateLimit', ['sessionsPerSecond', 'burst']],
    ['tenants.acme.rateLimit', ['sessionsPerSecond', 'burst']],
    ['tenants.acme.escalation', []],
    [
      'escalation',
      [
        'threshold',
        'halfLifeMs',
        'drainTimeoutMs',
        'memoryLimitMb',
        'maxEjectedRatio',
        'confinementMs',
        'maxConfinementMs',
        'probationMs',
        'canaryRatio',
        'healthyMs',
      ],
    ],
    [
      'escalation.weights',
      [
        'blockPer100Ms',
        'blockMost',
        'breakerTrip',
        'crash',
        'outOfMemory',
        'hardKill',
        'cpuHogPerS',
        'allocationPerS',
      ],
    ],
    ['escalation.hogs', ['cpuRatio', 'busyRatio', 'growthMbPerS', 'growthShareRatio']],
  ];
  const nested = (path: string, value: unknown): object =>
    path.split('.').reduceRight((inner, key) => ({ [key]: inner }), value) as object;

  test.each(GROUPS)('group %s refuses keys it does not know, and says which', (group) => {
    const error = refused(nested(group, { nonsense: 1 }));
    expect(error.code).toBe('TENANTRY_OPTIONS_INVALID');
    expect(error.message).toContain(`${group}: Unrecognized key: "nonsense"`);
  });

  test.each(GROUPS.flatMap(([group, numbers]) => numbers.map((name) => [group, name] as const)))(
    'in %s named %s is no negative, no NaN, no text and not without end',
    (group, name) => {
      for (const [value, received] of [
        [-1, '-1'],
        [Number.NaN, 'NaN'],
        [Number('1e309'), 'Infinity'],
        ['5', '"5"'],
      ] as const) {
        const error = refused(nested(`${group}.${name}`, value));
        expect(error.code).toBe('TENANTRY_OPTIONS_INVALID');
        expect(error.message).toContain(`${group}.${name}: `);
        expect(error.message).toContain(`received ${received}`);
      }
    },
  );

  test.each<readonly [object, string]>([
    [{ escalation: { canaryRatio: 2 } }, 'escalation.canaryRatio: '],
    [{ escalation: { maxEjectedRatio: 1.1 } }, 'escalation.maxEjectedRatio: '],
    [
      { escalation: { confinementMs: 5_000, maxConfinementMs: 4_000 } },
      'escalation.maxConfinementMs: shorter than confinementMs (5000), received 4000',
    ],
    [
      { circuitBreaker: { cooldownMs: 5_000, maxCooldownMs: 4_000 } },
      'circuitBreaker.maxCooldownMs is 4000: shorter than a cooldown of 5000 ms',
    ],
    [
      { tenantCircuitCooldownMs: 400_000, circuitBreaker: { maxCooldownMs: 300_000 } },
      'circuitBreaker.maxCooldownMs is 300000: shorter than a cooldown of 400000 ms',
    ],
    [
      { tenants: { acme: { memoryLimitMb: 512, memoryHardLimitMb: 256 } } },
      'tenants.acme.memoryHardLimitMb is 256, below tenants.acme.memoryLimitMb, which is 512',
    ],
    [
      {
        isolates: () => ({}),
        tenants: {
          acme: { isolation: 'process', escalation: { floor: 'process', ceiling: 'thread' } },
        },
      },
      'tenants.acme.escalation.floor: above the ceiling thread, received "process"',
    ],
    [
      { tenants: { acme: { escalation: { pin: 'quarantined', ceiling: 'thread' } } } },
      'tenants.acme.escalation.pin: above the ceiling thread, received "quarantined"',
    ],
    [
      { tenants: { default: { escalation: { floor: 'thread' } } } },
      'tenants.default.escalation.floor: above coroutine, where its isolation settings place it',
    ],
    [
      { tenants: { acme: { escalation: { floor: 'quarantined' } } } },
      'tenants.acme.escalation.floor: ',
    ],
    [{ escalation: { onEscalate: 'kill' } }, 'escalation.onEscalate: '],
    [{ escalation: true }, 'escalation: '],
    [{ escalation: null }, 'escalation: '],
  ])('that contradicts another is refused: %j', (options, message) => {
    const error = refused(options);
    expect(error.code).toBe('TENANTRY_OPTIONS_INVALID');
    expect(error.message).toContain(message);
  });

  test.each([null, undefined])('list that is %p means every default', (options) => {
    expect(parsePoolOptions(options).maxConcurrentSessions).toBe(1_000);
  });

  test.each(['options', 7, [], () => 1])('list that is %p is refused', (options) => {
    expect(refused(options).code).toBe('TENANTRY_OPTIONS_INVALID');
  });

  test('that is wrong is told together with the others', () => {
    const error = refused({ maxConcurrentSessions: 0, drainTimeoutMs: 'soon', nonsense: 1 });
    expect(error.details['issues']).toHaveLength(3);
    for (const word of ['maxConcurrentSessions', 'drainTimeoutMs', 'nonsense']) {
      expect(error.message).toContain(word);
    }
  });

  test.each(['', 'a b', 'constructor', 'x'.repeat(129), 'acme\n'])(
    'tenant or agent named %j is refused',
    (name) => {
      for (const option of ['tenants', 'maxSessionsPerTenant', 'maxSessionsPerAgent']) {
        const table = { [name]: option === 'tenants' ? {} : 1 };
        expect(refused({ [option]: table }).code).toBe('TENANTRY_OPTIONS_INVALID');
      }
    },
  );

  test('named __proto__ reaches no prototype', () => {
    const options: unknown = JSON.parse('{"tenants": {"__proto__": {"maxSessions": 1}}}');
    expect(Object.keys(parsePoolOptions(options).tenants)).toEqual([]);
    expect(parsePoolOptions(options).tenants['maxSessions']).toBeUndefined();
    expect(({} as { maxSessions?: unknown }).maxSessions).toBeUndefined();
  });

  test.each(['NODE_OPTIONS', 'NODE_PATH', 'LD_PRELOAD', 'LD_LIBRARY_PATH', 'a b', '1A', ''])(
    'environment name %j never reaches a guest',
    (name) => {
      expect(refused({ env: [name] }).code).toBe('TENANTRY_OPTIONS_INVALID');
      expect(refused({ tenants: { acme: { env: { [name]: 'x' } } } }).code).toBe(
        'TENANTRY_OPTIONS_INVALID',
      );
    },
  );
});

test.each<readonly [object, string]>([
  [
    { env: ['PATH', 'NODE_OPTIONS'] },
    'env.1: NODE_OPTIONS, NODE_PATH and LD_* never reach a guest',
  ],
  [{ env: { LD_PRELOAD: 'x' } }, 'env.LD_PRELOAD: NODE_OPTIONS, NODE_PATH and LD_* never'],
  [{ env: { TOKEN: 5 } }, 'env.TOKEN: Invalid input: expected string, received number'],
  [{ env: 7 }, 'env: Invalid input'],
])('an environment that is refused says which name and why: %p', (options, message) => {
  expect(refused(options).message).toContain(message);
});

describe('a secret in the options', () => {
  const SECRET = 'sk-secret-4711';

  test.each<readonly [string, object]>([
    ['beside a misspelt key', { tenants: { acme: { config: { apiKey: SECRET } } }, nonsense: 1 }],
    [
      'beside a misspelt key of its tenant',
      { tenants: { acme: { config: { apiKey: SECRET }, nonsense: 1 } } },
    ],
    ['given as the config itself', { tenants: { acme: { config: SECRET } } }],
    ['in an environment', { tenants: { acme: { env: { 'a b': SECRET } } } }],
  ])('is in no part of the error: %s', (_where, options) => {
    const error = refused(options);
    expect(error.code).toBe('TENANTRY_OPTIONS_INVALID');
    expect(inspect(error, { depth: 20 })).not.toContain(SECRET);
    expect(JSON.stringify(error)).not.toContain(SECRET);
    expect((error.cause as Error | undefined)?.message ?? '').not.toContain(SECRET);
  });
});

describe('the settings of tenants', () => {
  test('are complete where nothing is said', () => {
    expect(parsePoolOptions({}).defaults).toEqual({
      isolation: 'coroutine',
      isolate: 'child_process',
      isolateScope: 'tenant',
      maxSessions: Number.POSITIVE_INFINITY,
      rateLimit: null,
      record: null,
      weight: 1,
      breaker: expect.objectContaining({ enforce: false }),
      config: undefined,
      memoryLimitMb: null,
      memoryHardLimitMb: null,
      cpuLimitSeconds: null,
      softLimitRatio: 0.9,
      env: [],
      maxDurationMs: null,
      idleTimeoutMs: null,
      abortGraceMs: 5_000,
      escalation: {},
    });
  });

  test('take a cap from the shorthand', () => {
    const { tenants } = parsePoolOptions({
      tenants: { default: { maxDurationMs: 9 }, acme: { idleTimeoutMs: 5 } },
      maxSessionsPerTenant: { acme: 3, zeta: 4 },
    });
    expect(tenants['acme']).toEqual({ idleTimeoutMs: 5, maxSessions: 3 });
    expect(tenants['zeta']).toEqual({ maxDurationMs: 9, maxSessions: 4 });
  });

  test.each(['toString', 'valueOf', 'hasOwnProperty'])(
    'of %s come from `default` like any other’s',
    (tenant) => {
      const { tenants } = parsePoolOptions({
        tenants: { default: { maxDurationMs: 9 } },
        maxSessionsPerTenant: { [tenant]: 4 },
      });
      expect(tenants[tenant]).toEqual({ maxDurationMs: 9, maxSessions: 4 });
    },
  );

  test('are refused where the shorthand says another cap', () => {
    const options = { tenants: { acme: { maxSessions: 2 } }, maxSessionsPerTenant: { acme: 3 } };
    expect(refused(options).message).toContain('say it once');
    expect(
      parsePoolOptions({ ...options, maxSessionsPerTenant: { acme: 2 } }).tenants['acme'],
    ).toEqual({
      maxSessions: 2,
    });
  });

  test.each([
    { isolation: 'process' },
    { tenants: { acme: { isolation: 'process' } } },
    { tenants: { default: { isolation: 'process' } } },
  ])('that want an isolate are refused without isolates: %p', (options) => {
    expect(refused({ agents: [echo], ...options }).code).toBe('TENANTRY_ISOLATES_MISSING');
  });
});

describe('a hard memory limit below the soft one', () => {
  test('is refused by the names of both', () => {
    const acme = { memoryLimitMb: 200, memoryHardLimitMb: 100 };
    const error = thrownBy(() => parsePoolOptions({ tenants: { acme } }));
    expect(error.code).toBe('TENANTRY_OPTIONS_INVALID');
    expect(error.message).toContain('tenants.acme.memoryHardLimitMb is 100');
    expect(error.message).toContain('tenants.acme.memoryLimitMb, which is 200');
  });

  test('is none where they are equal', () => {
    const acme = { memoryLimitMb: 100, memoryHardLimitMb: 100 };
    expect(parsePoolOptions({ tenants: { acme } }).tenants['acme']).toMatchObject(acme);
  });
});

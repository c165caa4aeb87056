/** Settings as they were asked for beside what holds. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { AgentPool } from '../../src/index.js';
import { askInspector } from '../../src/internal.js';
import { parseSettings } from '../../src/inspector/setting.js';
import { parsePoolOptions } from '../../src/pool/pool-options.js';
import { settingNotes, type SettingFacts } from '../../src/pool/setting-notes.js';

const SOUND: SettingFacts = {
  hasIsolates: true,
  hasHeapFlag: false,
  canLimitData: true,
  memoryMb: 1_000,
  observer: 'watching',
  isStateSound: true,
  spareCount: 0,
};
const isolates = (() => undefined) as never;

describe('what keeps a setting from holding', () => {
  test('is nothing on a sound host', () => {
    const options = parsePoolOptions({
      isolates,
      memoryLimitMb: 900,
      stateDir: '/tmp/none',
      tenants: { acme: { isolation: 'process', memoryLimitMb: 100, memoryHardLimitMb: 200 } },
    });
    expect([...settingNotes(options, SOUND)]).toEqual([]);
  });

  test.each([
    [{ memoryLimitMb: 2_000 }, {}, 'memoryLimitMb', 'degraded', '1000'],
    [{ stateDir: '/tmp/none' }, { isStateSound: false }, 'stateDir', 'failed', 'in memory'],
    [{ stateDir: undefined }, {}, 'incidents.enabled', 'requested', 'false'],
    [{}, { observer: 'lost' }, 'enableIntrospection', 'failed', 'false'],
    [
      { escalation: { enforce: true } },
      { hasIsolates: false },
      'escalation.enforce',
      'degraded',
      'quarantine only',
    ],
    [
      { isolateOptions: { spareIsolates: 2 } },
      { spareCount: 1 },
      'isolateOptions.spareIsolates',
      'requested',
      '1',
    ],
    [
      { tenants: { acme: { memoryLimitMb: 100 } } },
      {},
      'tenants.acme.memoryLimitMb',
      'requested',
      'none',
    ],
    [
      { tenants: { acme: { isolation: 'process', memoryHardLimitMb: 100 } } },
      { canLimitData: false },
      'tenants.acme.memoryHardLimitMb',
      'failed',
      'none',
    ],
    [
      {
        tenants: {
          acme: { isolation: 'process', isolate: 'worker_threads', memoryHardLimitMb: 100 },
        },
      },
      { hasHeapFlag: true },
      'tenants.acme.memoryHardLimitMb',
      'failed',
      'none',
    ],
    [
      { tenants: { acme: { isolation: 'process', memoryLimitMb: 1_500 } } },
      {},
      'tenants.acme.memoryLimitMb',
      'degraded',
      '1000',
    ],
  ] as const)('is said of %j on a host with %j', (input, facts, setting, state, applied) => {
    const options = parsePoolOptions({ isolates, stateDir: '/tmp/none', ...input });
    const notes = settingNotes(options, { ...SOUND, ...(facts as Partial<SettingFacts>) });
    expect([...notes.keys()]).toEqual([setting]);
    expect(notes.get(setting)).toMatchObject({ state, applied });
  });
});

describe('a running pool', () => {
  let pool: AgentPool;
  afterEach(() => pool.close());

  test('tells each setting with its origin, and what was changed since', async () => {
    const secret = 'sk-live-0123456789abcdef';
    pool = new AgentPool(
      {
        maxConcurrentSessions: 7,
        tenants: { acme: { maxSessions: 3, config: { apiKey: secret } } },
        env: { API_KEY: secret },
      },
      { origins: new Map([['maxConcurrentSessions', 'file tenantry.config.json']]) },
    );
    await pool.start();
    await pool.cap('acme', 1);
    pool.slowSessionThresholdMs = 80;

    const rows = new Map(pool.settings().map((row) => [row.setting, row]));
    expect(rows.get('maxConcurrentSessions')).toEqual({
      setting: 'maxConcurrentSessions',
      requested: '7',
      applied: '7',
      state: 'applied',
      why: null,
      origin: 'file tenantry.config.json',
    });
    expect(rows.get('drainTimeoutMs')).toMatchObject({ applied: '30000', origin: 'default' });
    expect(rows.get('tenants.acme.maxSessions')).toMatchObject({
      requested: '3',
      applied: '1',
      origin: 'live',
      why: 'set in the running pool',
    });
    expect(rows.get('slowSessionThresholdMs')).toMatchObject({ requested: '50', applied: '80' });
    expect(rows.get('tenants.acme.config')).toMatchObject({ applied: '(set)', origin: 'code' });
    expect(JSON.stringify([...rows.values()])).not.toContain(secret);
    expect(rows.has('isolates')).toBe(false);

    const asked = parseSettings(await askInspector(pool.socketPath!, { command: 'settings' }));
    expect(asked).toEqual([...rows.values()]);
  });
});

/** `settings` and `doctor` against recorded replies, and `doctor` and `triage` against what is really there. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { SettingRow } from '@tenantry/core';
import { recordedPool, runMain, type RecordedPool } from '../fixtures/recorded-pool.js';

let pool: RecordedPool;
beforeEach(async () => {
  pool = await recordedPool();
});
afterEach(() => pool.close());

const row = (setting: string, more: Partial<SettingRow> = {}): SettingRow => ({
  setting,
  requested: '5',
  applied: '5',
  state: 'applied',
  why: null,
  origin: 'default',
  ...more,
});
const ROWS = [
  row('maxConcurrentSessions'),
  row('drainTimeoutMs', { origin: 'env TENANTRY_DRAIN_TIMEOUT_MS' }),
  row('memoryLimitMb', { state: 'degraded', applied: '4', why: 'the host has 4 MB' }),
];

describe('tenantry settings', () => {
  test('shows every row with its state, its reason and its origin', async () => {
    pool.reply = ({ command }) => (command === 'settings' ? ROWS : undefined);
    const { code, stdout, stderr } = await pool.run(['settings']);
    expect([code, stderr]).toEqual([0, '']);
    const lines = stdout.split('\n').map((line) => line.replace(/ +/g, ' '));
    expect(lines).toContain('│ maxConcurrentSessions │ 5 │ 5 │ applied │ default │ - │');
    expect(lines).toContain('│ memoryLimitMb │ 5 │ 4 │ degraded │ default │ the host has 4 MB │');
  });

  test('--changed leaves out defaults that hold; --json prints the rows as they are', async () => {
    pool.reply = ({ command }) => (command === 'settings' ? ROWS : undefined);
    const { stdout } = await pool.run(['settings', '--changed', '--json']);
    expect(JSON.parse(stdout)).toEqual({ settings: ROWS.slice(1) });
  });

  test('refuses a reply that is no list of settings', async () => {
    pool.reply = ({ command }) => (command === 'settings' ? { rows: 3 } : undefined);
    const { code, stderr } = await pool.run(['settings']);
    expect(code).toBe(1);
    expect(stderr).toContain('TENANTRY_INSPECTOR_REPLY_INVALID');
  });
});

describe('tenantry doctor', () => {
  test('examines this host without a pool, changes nothing and says what to do', async () => {
    const env = { XDG_RUNTIME_DIR: pool.folder, PATH: '/nowhere' };
    const { code, stdout } = await runMain(['doctor', '--json', '--state-dir', pool.folder], {
      env,
    });
    const { pool: about, findings } = JSON.parse(stdout) as {
      pool: unknown;
      findings: { check: string; state: string; advice: string | null }[];
    };
    expect(about).toBeNull();
    const checks = findings.map(({ check }) => check);
    for (const check of ['node', 'memory', 'descriptors', 'cores', 'state directory', 'clock']) {
      expect(checks).toContain(check);
    }
    const failed = findings.filter(({ state }) => state === 'fail');
    expect(code).toBe(failed.length > 0 ? 1 : 0);
  });

  test('fails where what is configured cannot work', async () => {
    pool.reply = ({ command }) =>
      command === 'settings'
        ? [row('memoryLimitMb', { requested: '99999999' }), row('stateDir', { requested: '/proc' })]
        : undefined;
    const { code, stdout, stderr } = await pool.run(['doctor']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/fail: memory\n {2}.*memoryLimitMb is 99999999/);
    expect(stdout).toMatch(/To do: set memoryLimitMb below \d+\./);
    expect(stdout).toContain('fail: state directory');
    expect(stderr).toContain('TENANTRY_HOST_NOT_READY');
  });
});

describe('tenantry triage', () => {
  test('ends with the command to type, and says so as a document too', async () => {
    pool.reply = ({ command }) => (command === 'settings' ? ROWS : undefined);
    const { code, stdout } = await pool.run(['triage']);
    expect(code).toBe(0);
    const headings = [...stdout.matchAll(/^\d\. (.*?) {2}(?:ok|look|act)$/gm)].map(
      ([, name]) => name,
    );
    expect(headings).toEqual([
      'health',
      'counters',
      'kind of trouble',
      'doctor',
      'settings',
      'snapshot',
      'jobs',
      'bundle',
      'replay',
    ]);
    expect(stdout).toMatch(/memoryLimitMb: degraded; 5 was asked for, 4 holds/);
    const document = JSON.parse((await pool.run(['triage', '--json'])).stdout) as { next: string };
    expect(stdout).toContain(`Next: ${document.next}`);
  });

  test('goes on where the pool tells no more than its snapshot', async () => {
    pool.reply = ({ command }) => (command === 'settings' ? new Error('blocked') : undefined);
    const { code, stdout } = await pool.run(['triage']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/5\. settings {2}act/);
  });
});

/** What can be seen only from outside a host: that it survives its agents, and that nothing survives it. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { firstLine, runHost, startHost } from '../support/host-process.js';
import { until } from '../support/rungs.js';

describe('a host whose agents on the shared loop misbehave', () => {
  test('survives stray errors and process.exit, names the session, keeps the neighbour', async () => {
    const { lines, code, stderr } = await runHost('shared-loop-faults');
    expect(stderr).toBe('');
    expect(lines).toEqual([
      { what: 'rejection', value: { reason: 'completed', message: null } },
      { what: 'timer', value: { reason: 'completed', message: null } },
      { what: 'while running', value: { reason: 'failed', message: 'rejected after return' } },
      { what: 'exit', value: { reason: 'failed', code: 'TENANTRY_AGENT_EXIT' } },
      { what: 'neighbour', value: 'alive' },
      { what: 'told', value: 3 },
      { what: 'totals', value: { failures: 2, strayErrors: 3 } },
    ]);
    expect(code).toBe(0);
  });

  test('gives errors back to Node once its pool is closed', async () => {
    const { lines, code, stderr } = await runHost('shared-loop-faults', ['then-crash']);
    expect(code).toBe(1);
    expect(stderr).toContain('nobody’s error');
    expect(lines).not.toContainEqual({ what: 'survived', value: true });
  });

  test.each([
    ['rejection', 'the host’s own rejection'],
    ['throw', 'the host’s own throw'],
  ])('ends as ever by its own %s', async (kind, message) => {
    const { code, stderr } = await runHost('own-error', [kind]);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr).toContain('own-error.js');
  });
});

describe('a host that is killed by SIGKILL', () => {
  test('leaves no busy child, no spare and no grandchild after a second', async () => {
    const host = startHost('busy-children');
    const pids = JSON.parse(await firstLine(host)) as number[];
    expect(pids.length).toBeGreaterThanOrEqual(6);
    expect(pids.filter(isRunning)).toEqual(pids);
    host.kill('SIGKILL');
    await until('all are gone', () => !pids.some(isRunning), 1_000);
  }, 60_000);
});

/** A zombie that nobody has reaped yet runs no more. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

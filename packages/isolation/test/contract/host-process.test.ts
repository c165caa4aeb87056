/** What can be seen only from outside a host: that it survives its agents, and that nothing survives it. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { firstLine, killHosts, ran, runHost, startHost } from '../support/host-process.js';
import { onThisMachine } from '../support/machine.js';
import { until } from '../support/rungs.js';

afterEach(killHosts);

describe('a host whose agents on the shared loop misbehave', () => {
  test('survives stray errors and process.exit, names the session, keeps the neighbour', async () => {
    const { lines, code, stderr } = await runHost('shared-loop-faults');
    expect(stderr).toBe('');
    expect(lines).toEqual([
      { what: 'rejection', value: { reason: 'completed', message: null } },
      { what: 'timer', value: { reason: 'completed', message: null } },
      { what: 'while running', value: { reason: 'failed', message: 'rejected after return' } },
      { what: 'exit', value: { reason: 'failed', code: 'TENANTRY_AGENT_EXIT' } },
      { what: 'cancelled', value: 'cancelled' },
      { what: 'moved', value: 'moved' },
      { what: 'goes on', value: { message: 'hi', run: 2 } },
      { what: 'schema', value: 'TENANTRY_INPUT_INVALID' },
      {
        what: 'of no session',
        value: {
          kind: 'session.stray-error',
          session: null,
          tenant: 'bad',
          agent: 'rejects-in-its-schema',
          message: 'rejected in a schema',
        },
      },
      { what: 'neighbour', value: 'alive' },
      { what: 'told', value: 6 },
      { what: 'totals', value: { failures: 2, strayErrors: 6 } },
    ]);
    expect(code).toBe(0);
  });

  test('gives errors back to Node once its pool is closed', async () => {
    const { lines, code, stderr } = await runHost('shared-loop-faults', { args: ['then-crash'] });
    expect(code).toBe(1);
    expect(stderr).toContain('nobody’s error');
    expect(lines).not.toContainEqual({ what: 'survived', value: true });
  });

  test.each([
    ['rejection', 'the host’s own rejection'],
    ['throw', 'the host’s own throw'],
  ])('ends as ever by its own %s', async (kind, message) => {
    const { code, stderr } = await runHost('own-error', { args: [kind] });
    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr).toContain('own-error.js');
  });
});

test('a host that only waits for its sessions goes on until the last has ended, and no longer', async () => {
  const { lines, code, stderr } = await runHost('awaits-its-sessions');
  expect(stderr).toBe('');
  expect(lines).toEqual([
    { what: 'ended', value: 'timed-out' },
    { what: 'ended', value: 'completed' },
    { what: 'idle', value: 'running' },
  ]);
  expect(code).toBe(0);
});

describe('a host that is told to end', () => {
  const start = async (kind: string): Promise<{ host: ChildProcess; exit: Promise<unknown[]> }> => {
    const host = startHost('ends-on-signals', { args: [kind] });
    const exit = once(host, 'exit');
    expect(await firstLine(host)).toBe('"ready"');
    return { host, exit };
  };

  test('by SIGTERM ends 100 sessions and exits with 0, leaving no child', async () => {
    const { host, exit } = await start('sessions');
    host.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
  });

  test('while a thread is stuck in native code is killed at its deadline', async () => {
    const { host, exit } = await start('stuck');
    const toldMs = performance.now();
    host.kill('SIGTERM');
    expect(await exit).toEqual([null, 'SIGKILL']);
    const tookMs = performance.now() - toldMs;
    expect(tookMs).toBeLessThan(await onThisMachine(4_000));
  });

  test('while its main loop is blocked is killed at its deadline', async () => {
    const { host, exit } = await start('blocked');
    const toldMs = performance.now();
    host.kill('SIGTERM');
    expect(await exit).toEqual([null, 'SIGKILL']);
    const tookMs = performance.now() - toldMs;
    expect(tookMs).toBeGreaterThan(2_200);
    expect(tookMs).toBeLessThan(await onThisMachine(4_000));
  });

  test('twice while its main loop is blocked ends at once', async () => {
    const { host, exit } = await start('blocked');
    const toldMs = performance.now();
    host.kill('SIGTERM');
    await delay(100);
    host.kill('SIGTERM');
    expect(await exit).toEqual([null, 'SIGKILL']);
    const tookMs = performance.now() - toldMs;
    expect(tookMs).toBeLessThan(await onThisMachine(1_000));
  });

  test('twice ends at once', async () => {
    const { host, exit } = await start('patient');
    host.kill('SIGTERM');
    host.stdout!.once('data', () => host.kill('SIGTERM'));
    const toldMs = performance.now();
    expect(await exit).toEqual([null, 'SIGKILL']);
    const tookMs = performance.now() - toldMs;
    expect(tookMs).toBeLessThan(await onThisMachine(2_000));
  });
});

describe('what is known of a tenant', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'tenantry-host-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** What the host says, a line each, until it is killed after `last`. */
  async function killedAfter(last: string | number, ...args: string[]): Promise<unknown[]> {
    const host = startHost('keeps-state', { args: [folder, ...args] });
    const { lines } = await ran(host, (line) => {
      if (line === last || last === 1) host.kill('SIGKILL');
    });
    return [...lines];
  }

  test('is known to the next process after a kill: where its offences have brought it', async () => {
    const first = await killedAfter('kept', 'offend');
    expect(first).toEqual([expect.objectContaining({ rung: 'coroutine' }), 'kept']);
    const [second] = await killedAfter(1);
    expect(second).toMatchObject({ rung: 'thread', placed: 'thread' });
  }, 60_000);

  test('is known to it as soon as an act by hand is answered', async () => {
    await killedAfter('done', 'by-hand');
    const host = startHost('keeps-state', { args: [folder] });
    // Its breaker is open, so no session starts, and the host says why.
    const { stderr } = await ran(host);
    expect(stderr).toContain('TENANTRY_BREAKER_OPEN');
  }, 60_000);
});

describe('a host whose own memory passes its limit', () => {
  test('warns, drains its sessions and exits with 75', async () => {
    const { lines, code } = await runHost('outgrows-its-limit');
    expect(lines).toEqual(['memory.warned', 'memory.limit', 'drained']);
    expect(code).toBe(75);
  });

  test('exits with 75 also where an agent ignores its abort', async () => {
    const { lines, code } = await runHost('outgrows-its-limit', { args: ['ignores-abort'] });
    expect(lines).toEqual(['memory.warned', 'memory.limit', 'drained']);
    expect(code).toBe(75);
  });

  test('is killed where a thread is stuck in native code, and does not wait for it', async () => {
    const host = startHost('outgrows-its-limit', { args: ['stuck'] });
    const exit = once(host, 'exit');
    const { lines } = await ran(host);
    expect(lines).toContain('memory.limit');
    expect(await exit).toEqual([null, 'SIGKILL']);
  });
});

describe('a host that is killed by SIGKILL', () => {
  test('leaves no busy child, no spare and no grandchild after a second', async () => {
    const host = startHost('busy-children');
    const pids = JSON.parse(await firstLine(host)) as number[];
    expect(pids.length).toBeGreaterThanOrEqual(6);
    expect(pids.filter(isRunning)).toEqual(pids);
    host.kill('SIGKILL');
    await until('all are gone', () => !pids.some(isRunning), await onThisMachine(1_000));
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

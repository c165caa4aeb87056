import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { afterEach, describe, expect, test } from '@jest/globals';
import { limitData } from '../../src/host/data-limit.js';

const BYTES_PER_MB = 1_048_576;
const NO_SUCH_PID = 2 ** 22 + 1;
const children: ChildProcess[] = [];

/** A process that has mapped all it needs: it has answered, and waits for more. */
async function atRest(): Promise<number> {
  const child = spawn('cat', { stdio: ['pipe', 'pipe', 'ignore'] });
  children.push(child);
  child.stdin.write('ready?');
  await once(child.stdout, 'data');
  return child.pid!;
}

/** Soft and hard limit of a process's data segment. */
async function dataLimits(pid: number): Promise<string[]> {
  const limits = await readFile(`/proc/${pid}/limits`, 'utf8');
  return /^Max data size\s+(\S+)\s+(\S+)/m.exec(limits)!.slice(1);
}

async function dataAtRest(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmData:\s+(\d+) kB/m.exec(status)![1]) * 1_024;
}

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

describe('a data limit', () => {
  test('of a process that does not exist is not supported', async () => {
    expect(await limitData(NO_SUCH_PID, 64)).toBe('unsupported');
  });

  if (process.platform === 'linux') {
    test('is what the process has at rest and its allowance', async () => {
      const pid = await atRest();
      expect(await limitData(pid, 64)).toBe('set');
      const expected = String((await dataAtRest(pid)) + 64 * BYTES_PER_MB);
      expect(await dataLimits(pid)).toEqual([expected, expected]);
    });

    test('takes an allowance that is no whole number of bytes', async () => {
      const pid = await atRest();
      expect(await limitData(pid, 1.000_000_1)).toBe('set');
      const expected = String((await dataAtRest(pid)) + BYTES_PER_MB + 1);
      expect(await dataLimits(pid)).toEqual([expected, expected]);
    });
  }
});

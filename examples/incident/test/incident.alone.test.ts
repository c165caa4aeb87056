/** The example as a reader runs it: its exit code, and the facts it tells. */
import { describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../src/main.js', import.meta.url));
const LONGEST_MS = 90_000;

async function run(): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(process.execPath, [MAIN], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: LONGEST_MS,
  });
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  return { code: code as number | null, output };
}

describe('the incident', () => {
  test(
    'four offenders are detected, confined and released, and no neighbour fails',
    async () => {
      const { code, output } = await run();
      const lines = output.split('\n');
      const told = (word: string, of: RegExp): number =>
        lines.filter((line) => line.includes(`s  ${word} `) && of.test(line)).length;
      for (const tenant of ['hooli', 'umbrella', 'wonka', 'stark']) {
        const own = new RegExp(`\\b${tenant}\\b`);
        expect([tenant, told('detected', own)]).toEqual([tenant, 1]);
        expect([tenant, told('confined', own)]).toEqual([tenant, 1]);
        expect([tenant, told('released', own)]).toEqual([tenant, 1]);
      }
      expect(told('detected', /at findDuplicates \(.*duplicates\.[jt]s:\d+\)/)).toBe(1);
      expect(told('detected', /at labelOf \(.*orders\.[jt]s:\d+\)/)).toBe(1);
      expect(told('confined', /hooli: coroutine → thread/)).toBe(1);
      expect(told('confined', /umbrella: coroutine → process/)).toBe(1);
      expect(told('moved', /of hooli went on from main to thread-\d+/)).toBe(1);
      expect(told('kept', /each answered once, in order/)).toBe(1);
      expect(told('neighbours', /; 0 of 30 calls failed/)).toBe(4);
      expect(output).toMatch(
        /explain\('hooli'\) says:\n(?:.*\n)*?.*was moved from coroutine to thread/,
      );
      expect(output).toContain('The story went as told.');
      expect(code).toBe(0);
    },
    LONGEST_MS,
  );
});

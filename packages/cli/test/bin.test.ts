import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import process from 'node:process';
import { BIN, run, runBin, runtimeDirectory, type RuntimeDirectory } from './fixtures/run.js';

let runtime: RuntimeDirectory;
beforeEach(async () => {
  runtime = await runtimeDirectory();
});
afterEach(() => runtime.remove());

describe('the command', () => {
  test.each(['snapshot', 'snapshot --json'])('%s is quiet when its reader leaves', async (args) => {
    // More than a pipe holds, so that the command still writes when its reader is gone.
    await runtime.startPool('voice', 400);
    const script = `{ '${process.execPath}' '${BIN}' ${args}; echo "code $?" >&2; } | head -1`;
    const { stdout, stderr, code } = await run('sh', ['-c', script], runtime.env());
    expect(stdout.split('\n')).toHaveLength(2);
    expect({ stderr, code }).toEqual({ stderr: 'code 0\n', code: 0 });
  });

  test('ends with its code where nobody hears it: stdout and stderr closed', async () => {
    await runtime.startPool('voice');
    const typed = (args: string): string => `'${process.execPath}' '${BIN}' ${args}`;
    const script = [
      `${typed('snapshoot')} 2>&-; echo "$?"`,
      `${typed('snapshot --tenant nobody')} 2>&-; echo "$?"`,
      `${typed('snapshot')} >&-; echo "$?"`,
      `${typed('snapshot')} >&- 2>&-; echo "$?"`,
    ].join('\n');
    const { stdout, stderr, code } = await run('sh', ['-c', script], runtime.env());
    expect({ stdout, stderr, code }).toEqual({ stdout: '2\n1\n0\n0\n', stderr: '', code: 0 });
  });

  test('ends with the code of main', async () => {
    expect(await runBin(['--version'], runtime.env())).toMatchObject({ code: 0, stderr: '' });
    expect(await runBin(['snapshot'], runtime.env())).toMatchObject({ code: 1, stdout: '' });
    expect(await runBin(['snapshoot'], runtime.env())).toMatchObject({ code: 2, stdout: '' });
  });
});

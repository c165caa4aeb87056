import { describe, expect, test } from '@jest/globals';
import { main } from '../src/main.js';
import { Sink } from './fixtures/sink.js';

class BrokenSink extends Sink {
  readonly #code: string;

  constructor(code: string) {
    super();
    this.#code = code;
  }

  override _write(_chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    done(Object.assign(new Error(`${this.#code}: write failed`), { code: this.#code }));
  }
}

async function run(argv: readonly string[], stdout = new Sink(), env: NodeJS.ProcessEnv = {}) {
  const stderr = new Sink();
  const code = await main(argv, { stdout, stderr, env });
  return { code, stdout: stdout.text, stderr: stderr.text };
}

const KEYS = ['keys', 'keys create', 'keys list', 'keys rotate', 'keys revoke'];

describe('main', () => {
  test('answers --version and --help on stdout', async () => {
    expect(await run(['--version'])).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^tenantry \d+\.\d+\.\d+/),
      stderr: '',
    });
    const commands = ['snapshot', 'isolate', 'release', 'pin', 'cap', 'trip', 'reset', 'drain'];
    const others = ['kick', 'explain', 'audit', 'audit verify', 'audit show', ...KEYS];
    for (const argv of [
      ['--help'],
      ['help'],
      ['list', '-h'],
      ...[...commands, ...others].map((command) => [...command.split(' '), '--help']),
    ]) {
      const { code, stdout, stderr } = await run(argv);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/^Usage: tenantry/);
      expect(stdout).toContain('\nExamples:\n  tenantry ');
      expect(stdout).toContain('\nExit codes: ');
    }
  });

  test.each([
    ['an unknown command', ['snapsho'], '(Did you mean snapshot?)'],
    ['an unknown option', ['snapshot', '--jsn'], '(Did you mean --json?)'],
    ['a missing argument', ['list'], "missing required argument 'dir'"],
    ['a missing value', ['snapshot', '--socket'], 'argument missing'],
    ['one argument too many', ['snapshot', 'voice'], 'too many arguments'],
  ])('%s is wrong usage', async (_, argv, part) => {
    const { code, stdout, stderr } = await run(argv);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^tenantry: .* \(TENANTRY_OPTIONS_INVALID\)\n/);
    expect(stderr).toContain(part);
  });

  test('no command at all shows the help where talk goes', async () => {
    const { code, stdout, stderr } = await run([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^Usage: tenantry/);
  });

  test('what a failure says has no secret of the error that it is made of', async () => {
    const { code, stderr } = await run(['audit', 'verify', '/none/password=CANARY1234567']);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/^tenantry: password=\[masked\].*password=\[masked\]/),
    });
    expect(stderr).not.toContain('CANARY');
  });

  test('help is as wide as the terminal', async () => {
    const { stdout } = await run(['snapshot', '--help'], new Sink({ isTTY: true, columns: 70 }));
    const options = stdout.slice(stdout.indexOf('Options:'), stdout.indexOf('Examples:'));
    for (const line of options.split('\n')) expect(line.length).toBeLessThanOrEqual(70);
  });

  test('a reader that has gone is no failure, a full disk is one', async () => {
    expect(await run(['--help'], new BrokenSink('EPIPE'))).toMatchObject({ code: 0, stderr: '' });
    expect(await run(['--help'], new BrokenSink('ENOSPC'))).toMatchObject({
      code: 1,
      stderr: 'tenantry: output: ENOSPC: write failed (TENANTRY_FILE_UNWRITABLE)\n',
    });
  });
});

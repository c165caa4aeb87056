import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import process from 'node:process';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parseSnapshot, type Snapshot } from '@tenantry/core/snapshot';
import { hostileSnapshot } from '../fixtures/hostile-snapshot.js';
import { runInPty, type PtyRun, type PtySetup } from '../fixtures/pseudo-terminal.js';
import { richSnapshot } from '../fixtures/rich-snapshot.js';
import { BIN, run, runBin, runtimeDirectory, type RuntimeDirectory } from '../fixtures/run.js';

let runtime: RuntimeDirectory;
let runs: PtyRun[] = [];
let fakes: net.Server[] = [];
beforeEach(async () => {
  runtime = await runtimeDirectory();
});
afterEach(async () => {
  for (const running of runs) running.kill();
  for (const fake of fakes) fake.close();
  runs = [];
  fakes = [];
  await runtime.remove();
});

const top = (args: readonly string[] = [], env: NodeJS.ProcessEnv = {}) =>
  runBin(['top', ...args], runtime.env(env));

/** The command in a terminal, on its screen. */
async function live(
  args: readonly string[] = [],
  setup: Partial<PtySetup> & { readonly more?: NodeJS.ProcessEnv } = {},
): Promise<PtyRun> {
  const running = runInPty({
    command: [process.execPath, BIN, 'top', '--refresh-rate', '10', ...args],
    env: runtime.env({ TERM: 'xterm-256color', ...setup.more }),
    ...setup,
  });
  runs.push(running);
  await running.until(({ text }) => text.includes('sessions '), 'the first frame');
  return running;
}

/** A socket that answers with this snapshot. */
async function answering(value: () => unknown): Promise<string> {
  const socket = path.join(runtime.path, 'fake.sock');
  const server = net.createServer((connection) => {
    // A screen that is left gives its question up.
    connection.on('error', () => {});
    connection.once('data', () =>
      connection.end(`${JSON.stringify({ ok: true, value: value() })}\n`),
    );
  });
  fakes.push(server);
  server.listen(socket);
  await once(server, 'listening');
  return socket;
}

/** The way back, whatever ended it: normal screen, cursor, wrapping, echo, lines. */
async function restored({ left, terminal }: PtyRun) {
  const { exit, signal, echo, canonical } = await left;
  expect({ echo, canonical }).toEqual({ echo: true, canonical: true });
  const { isAlternate, isCursorShown, isWrapping } = terminal;
  expect({ isAlternate, isCursorShown, isWrapping }).toEqual({
    isAlternate: false,
    isCursorShown: true,
    isWrapping: true,
  });
  return { exit, signal, normal: terminal.normal };
}
const DONE = { exit: 0, signal: 0, normal: '' };

describe('tenantry top, live', () => {
  test('shows the pool, and its keys lead through the screens', async () => {
    const { pid } = await runtime.startPool('voice');
    const running = await live();
    const { terminal } = running;
    expect(terminal.isAlternate && !terminal.isCursorShown).toBe(true);
    expect(terminal.lines).toHaveLength(24);
    expect(terminal.lines[0]).toMatch(new RegExp(`^voice · running · host .* · pid ${pid}`));
    expect(terminal.text).toContain('sessions 3/1,000');
    expect(terminal.text.match(/^[0-9a-f]{8} echo +(acme|globex)/gm)).toHaveLength(3);

    running.send('2');
    await running.until(({ text }) => /^globex +coroutine/m.test(text), 'tenants');
    running.send('\r');
    await running.until(({ text }) => text.includes('\nTenant '), 'a tenant');
    running.send('?');
    await running.until(({ text }) => text.includes('\nKeys\n'), 'help');
    running.send('\u001b');
    await running.until(({ text }) => text.includes('\nTenant '), 'Esc leads back');
    running.send('\u001b');
    await running.until(({ text }) => text.includes('[2 tenants'), 'Esc leads back again');
    running.send('1/glob\r');
    await running.until(({ text }) => text.includes('[1 sessions 1/3]'), 'what was searched');
    expect(terminal.text).toMatch(/ globex /);
    expect(terminal.text).not.toMatch(/ acme /);
    running.send('sss');
    await running.until(({ text }) => text.includes('sort duration_s'), 'another order');
    running.send('q');
    expect(await restored(running)).toEqual(DONE);
  });

  test('it goes on asking', async () => {
    let answers = 0;
    const socket = await answering(() => {
      answers += 1;
      const uptimeMs = answers < 5 ? 1_000 : 500_000;
      const snapshot = richSnapshot();
      return { ...snapshot, runtime: { ...snapshot.runtime, uptimeMs } };
    });
    const running = await live(['--socket', socket]);
    await running.until(({ text }) => text.includes('up 8 m 20 s'), 'a later snapshot');
    running.send('q');
    expect(await restored(running)).toEqual(DONE);
  });

  test('a resized terminal is filled again, and never more than filled', async () => {
    const socket = await answering(() => richSnapshot());
    const running = await live(['--socket', socket]);
    running.resize(10, 40);
    await running.until(({ lines }) => lines.length === 10, 'the small frame');
    for (const line of running.terminal.lines) expect(line.length).toBeLessThanOrEqual(40);
    running.resize(40, 120);
    await running.until(({ lines }) => lines.length === 40, 'the large frame');
    expect(running.terminal.text).toContain('node v20.20.2');
    running.send('q');
    expect(await restored(running)).toEqual(DONE);
  });

  test.each([
    ['Ctrl-C', (running: PtyRun) => running.send('\u0003'), { exit: 0, signal: 0 }],
    ['SIGTERM', (running: PtyRun) => running.signal(15), { exit: null, signal: 15 }],
    ['SIGHUP', (running: PtyRun) => running.signal(1), { exit: null, signal: 1 }],
  ])('%s gives the terminal back', async (_, end, left) => {
    const socket = await answering(() => richSnapshot());
    const running = await live(['--socket', socket]);
    end(running);
    expect(await restored(running)).toEqual({ ...DONE, ...left });
  });

  test('a terminal that goes away takes the command with it, by its signal', async () => {
    const socket = await answering(() => richSnapshot());
    const running = await live(['--socket', socket]);
    running.hangUp();
    const { exit, signal } = await running.left;
    expect({ exit, signal }).toEqual({ exit: null, signal: 1 });
  });

  test('Ctrl-Z gives the terminal to the shell, fg takes it back', async () => {
    const socket = await answering(() => richSnapshot());
    const command = `set -m; '${process.execPath}' '${BIN}' top --socket '${socket}'; echo stopped; read go; fg >/dev/null`;
    const running = await live([], { command: ['sh', '-c', command] });
    running.send('\u001a');
    await running.until(({ normal }) => normal.includes('stopped'), 'the shell');
    expect(running.terminal.isAlternate || !running.terminal.isCursorShown).toBe(false);
    running.send('go\n');
    await running.until(
      ({ isAlternate, text }) => isAlternate && text.includes('sessions 17'),
      'the screen',
    );
    running.send('q');
    expect((await restored(running)).exit).toBe(0);
  });

  test('without a keyboard it runs until it is interrupted', async () => {
    const socket = await answering(() => richSnapshot());
    const running = await live(['--socket', socket], { stdin: 'pipe' });
    // The terminal makes a signal of it, since nobody set it to raw.
    running.send('q\u0003');
    expect((await restored(running)).exit).toBe(0);
  });

  test('a killed pool is told, its last figures stay, and a new one is found', async () => {
    const pool = await runtime.startPool('voice');
    const running = await live();
    await pool.kill();
    await running.until(
      ({ text }) => /^pool gone since \d+ s, reconnecting/m.test(text),
      'the loss',
    );
    expect(running.terminal.text).toContain('sessions 3/1,000');
    await runtime.startPool('again', 1);
    await running.until(({ lines }) => lines[0]!.startsWith('again · running'), 'the new pool');
    expect(running.terminal.text).not.toContain('pool gone');
    running.send('q');
    expect(await restored(running)).toEqual(DONE);
  });

  test('a named socket is waited for, whatever else runs', async () => {
    const pool = await runtime.startPool('voice');
    const [socket] = await runtime.sockets();
    await runtime.startPool('other');
    const running = await live(['--socket', socket!], { columns: 160 });
    await pool.kill();
    const said = `reconnecting: no running pool at ${socket}`;
    await running.until(({ text }) => text.includes(said), 'the loss');
    expect(running.terminal.lines[0]).toMatch(/^voice/);
    running.send('q');
    expect(await restored(running)).toEqual(DONE);
  });

  test('a pool that does not answer is told, and does not keep the screen', async () => {
    let isSilent = false;
    const socket = path.join(runtime.path, 'fake.sock');
    const server = net.createServer((connection) => {
      connection.on('error', () => {});
      connection.once('data', () => {
        if (!isSilent) connection.end(`${JSON.stringify({ ok: true, value: richSnapshot() })}\n`);
      });
    });
    fakes.push(server);
    server.listen(socket);
    await once(server, 'listening');
    const running = await live(['--socket', socket]);
    isSilent = true;
    await running.until(({ text }) => /no answer for \d s, waiting/.test(text), 'the wait');
    running.send('q');
    const quitAtMs = performance.now();
    expect(await restored(running)).toEqual(DONE);
    // The question is given up: its own deadline is five seconds.
    expect(performance.now() - quitAtMs).toBeLessThan(2_500);
  });

  test('hostile strings move nothing', async () => {
    const { snapshot } = hostileSnapshot();
    const socket = await answering(() => snapshot);
    // The terminal of the test throws at any sequence that is not the screen's own.
    const running = await live(['--socket', socket], { columns: 120, rows: 40 });
    for (const keys of ['2', '3', '1\r', '\u001b', '2\r']) {
      const homes = running.terminal.homes;
      running.send(keys);
      await running.until((terminal) => terminal.homes > homes + 1, 'the next frames');
    }
    expect(running.output()).not.toContain('\u001b]');
    running.send('q');
    expect(await restored(running)).toEqual(DONE);
  });

  test('NO_COLOR leaves the screen without colours', async () => {
    const socket = await answering(() => richSnapshot());
    const coloured = await live(['--socket', socket]);
    expect(coloured.terminal.hasColour).toBe(true);
    const plain = await live(['--socket', socket], {
      env: runtime.env({ TERM: 'xterm', NO_COLOR: '1' }),
    });
    expect(plain.terminal.hasColour).toBe(false);
    expect(plain.terminal.text).toMatch(/^>[0-9a-f]{8}/m);
    for (const running of [coloured, plain]) {
      running.send('q');
      expect(await restored(running)).toEqual(DONE);
    }
  });

  test('TERM=dumb prints once, in ASCII', async () => {
    const socket = await answering(() => richSnapshot());
    const running = runInPty({
      command: [process.execPath, BIN, 'top', '--socket', socket],
      env: runtime.env({ TERM: 'dumb' }),
    });
    runs.push(running);
    const { exit, normal } = await restored(running);
    expect(exit).toBe(0);
    expect(normal).toMatch(/^[\r\n -~]*$/);
    expect(normal).toContain('BLOCKED main 312 ms: tenant acme');
  });
});

describe('tenantry top, once', () => {
  test('off a terminal it prints the screen and ends', async () => {
    await runtime.startPool('voice');
    for (const args of [[], ['--once']]) {
      const { stdout, stderr, code } = await top(args);
      expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
      expect(stdout).toMatch(/^voice · running/);
      expect(stdout.match(/^[0-9a-f]{8} echo/gm)).toHaveLength(3);
      expect(stdout).not.toContain('\u001b');
    }
  });

  test('on a terminal --once is as wide as it and leaves it alone', async () => {
    const socket = await answering(() => richSnapshot());
    const running = runInPty({
      command: [process.execPath, BIN, 'top', '--once', '--socket', socket],
      env: runtime.env({ TERM: 'xterm' }),
    });
    runs.push(running);
    const { exit } = await restored(running);
    expect(exit).toBe(0);
    expect(running.output()).not.toContain('\u001b[?1049h');
    const lines = stripVTControlCharacters(running.output()).split('\r\n');
    expect(lines.length).toBeGreaterThan(20);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
  });

  test('filters and sort hold for it', async () => {
    const socket = await answering(() => richSnapshot());
    const rows = async (...args: string[]): Promise<string[]> => {
      const { stdout, code } = await top(['--once', '--socket', socket, ...args]);
      expect(code).toBe(0);
      return stdout.split('\n').filter((line) => /^[0-9a-f]{8} /.test(line));
    };
    expect(await rows('--status', 'errored')).toHaveLength(1);
    expect(await rows('--tenant', 'globex')).toHaveLength(2);
    expect(await rows('--agent', 'transcribe')).toHaveLength(1);
    expect(await rows('--tenant', 'globex', '--agent', 'billing')).toEqual([]);
    const byAge = (await rows('--sort', 'duration_s')).map((line) =>
      Number(/ (\d+) /.exec(line)![1]),
    );
    expect(byAge).toEqual([...byAge].sort((a, b) => b - a));
  });

  test('--json is one document, filtered and sorted', async () => {
    const socket = await answering(() => richSnapshot());
    const { stdout, code } = await top([
      '--json',
      '--socket',
      socket,
      '--sort',
      'mem_mb',
      '--tenant',
      'globex',
    ]);
    expect(code).toBe(0);
    const document: Snapshot = parseSnapshot(JSON.parse(stdout));
    expect(document.sessions.map(({ tenant }) => tenant)).toEqual(['globex', 'globex']);
    expect(document.totals.activeSessions).toBe(17);
  });

  test('it is quiet when its reader leaves', async () => {
    const many = richSnapshot();
    const sessions = Array.from({ length: 3_000 }, (_, at) => ({
      ...many.sessions[0]!,
      session: `${at}`.padStart(32, '0'),
    }));
    const socket = await answering(() => ({ ...many, sessions }));
    for (const args of ['top', 'top --json']) {
      const script = `{ '${process.execPath}' '${BIN}' ${args} --socket '${socket}'; echo "code $?" >&2; } | head -1`;
      const { stdout, stderr, code } = await run('sh', ['-c', script], runtime.env());
      expect(stdout.split('\n')).toHaveLength(2);
      expect({ stderr, code }).toEqual({ stderr: 'code 0\n', code: 0 });
    }
  });
});

describe('tenantry top, what it refuses', () => {
  test.each([
    [['--sort', 'cpu'], /argument 'cpu' is invalid.*cpu_pct, mem_mb/],
    [['--status', 'busy'], /argument 'busy' is invalid.*active, slow/],
    [['--refresh-rate', '0.4'], /expected 0\.5 to 10 questions a second, got "0\.4"/],
    [['--refresh-rate', '10.1'], /expected 0\.5 to 10/],
    [['--refresh-rate', 'fast'], /got "fast"/],
    [['--refresh-rate', ''], /got ""/],
    [['--tenant', 'a b'], /tenant id .*TENANTRY_TENANT_ID_INVALID/],
  ])('%j is wrong usage', async (args, said) => {
    const { stdout, stderr, code } = await top(args);
    expect({ stdout, code }).toEqual({ stdout: '', code: 2 });
    expect(stderr.split('\n')[0]).toMatch(said);
  });

  test('no pool, no such tenant, no such agent, no socket: one line and 1', async () => {
    const one = async (...args: string[]): Promise<string> => {
      const { stdout, stderr, code } = await top(args);
      expect({ stdout, code }).toEqual({ stdout: '', code: 1 });
      expect(stderr.split('\n')).toHaveLength(2);
      return stderr;
    };
    expect(await one()).toContain('no running pool found');
    expect(await one('--socket', runtime.path)).toContain('(TENANTRY_SOCKET_NOT_A_SOCKET)');
    const socket = await answering(() => richSnapshot());
    expect(await one('--socket', socket, '--tenant', 'nobody')).toBe(
      'tenantry: pool "voice" has no tenant "nobody"; it knows acme, globex, initech, umbrella\n',
    );
    expect(await one('--socket', socket, '--agent', 'nobody', '--json')).toBe(
      'tenantry: pool "voice" has no agent "nobody"; it knows support, billing, transcribe\n',
    );
  });

  test('a snapshot of another version, before and while it runs', async () => {
    let version = 99;
    const socket = await answering(() => ({ ...richSnapshot(), schemaVersion: version }));
    const { stdout, stderr, code } = await top(['--socket', socket]);
    expect({ stdout, code }).toEqual({ stdout: '', code: 1 });
    expect(stderr).toBe(
      'tenantry: snapshot of version 99: this program reads version 2 ' +
        '(TENANTRY_INSPECTOR_REPLY_INVALID)\n',
    );
    version = 2;
    const running = await live(['--socket', socket]);
    version = 3;
    await running.until(
      ({ text }) => text.includes('asking again: snapshot of version 3'),
      'the refusal',
    );
    running.send('q');
    expect(await restored(running)).toEqual(DONE);
  });
});

/** Real services of the real command, each in a folder of its own with the agents a test writes. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { TICKET_PROTOCOL_PREFIX } from '@tenantry/core/client';
import { BIN, environment, runBin, type Ran } from '../fixtures/run.js';
import { TestSocket } from '../gateway/test-socket.js';

const CORE = fileURLToPath(new URL('../../../../core', import.meta.url));
const DEADLINE_MS = 25_000;

export interface LogLine {
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface Serving {
  readonly folder: string;
  readonly url: string;
  /** The command itself; its worker is another process. */
  readonly pid: number;
  readonly stdout: () => string;
  readonly log: () => readonly LogLine[];
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  signal(signal: NodeJS.Signals): void;
  write(file: string, text: string): Promise<void>;
  /** As a person would type it beside the service. */
  type(...args: readonly string[]): Promise<Ran>;
  open(request: object): Promise<TestSocket>;
}

/** Waits for what comes of itself; fails with what was logged. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const endMs = performance.now() + DEADLINE_MS;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() > endMs) throw new Error(`not within ${DEADLINE_MS} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export const agentText = (name: string, body: string): string =>
  `import { defineAgent } from '@tenantry/core';
export default defineAgent({ name: '${name}', async run(session) { ${body} } });
`;

export const ECHO = agentText(
  'echo',
  'for await (const message of session.messages) await session.send(message);',
);

/** Exits outside of any session, where nobody is to blame, when there is a file `exit-now`. */
export const EXITS = agentText('exits', '').replace(
  'export default',
  `import { existsSync, rmSync } from 'node:fs';
   setInterval(() => {
     if (!existsSync('exit-now')) return;
     rmSync('exit-now');
     process.exit(0);
   }, 20).unref();
   export default`,
);
export class ServiceFolder {
  readonly path: string;
  readonly #children: ChildProcess[] = [];

  private constructor(folder: string) {
    this.path = folder;
  }

  static async make(files: Readonly<Record<string, string>>): Promise<ServiceFolder> {
    const folder = new ServiceFolder(await mkdtemp(path.join(os.tmpdir(), 'tenantry-serve-')));
    await mkdir(path.join(folder.path, 'node_modules/@tenantry'), { recursive: true });
    await symlink(CORE, path.join(folder.path, 'node_modules/@tenantry/core'));
    for (const [file, text] of Object.entries(files)) await folder.write(file, text);
    return folder;
  }

  async write(file: string, text: string): Promise<void> {
    const whole = path.join(this.path, file);
    await mkdir(path.dirname(whole), { recursive: true });
    await writeFile(whole, text, { mode: 0o644 });
  }

  env(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
    return environment(this.path, more);
  }

  /** Runs to its end. */
  run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
    return runBin(args, this.env(env), this.path);
  }

  /** Resolves when it says that it listens. */
  async serve(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Serving> {
    const child = spawn(process.execPath, [BIN, 'serve', ...args], {
      env: this.env(env),
      cwd: this.path,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#children.push(child);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const ended = once(child, 'exit').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as string | null,
    }));
    let isOver = false;
    void ended.then(() => (isOver = true));
    const url = await eventually('it listens', () => {
      if (isOver) throw new Error(`it did not start: ${stderr}`);
      return /http:\/\/\S+:\d+/.exec(stdout)?.[0];
    });
    const post = async (request: object): Promise<Response> =>
      fetch(`${url}/v1/sessions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', connection: 'close' },
        body: JSON.stringify(request),
      });
    return {
      folder: this.path,
      url,
      pid: child.pid!,
      stdout: () => stdout,
      log: () => linesOf(stderr),
      ended,
      signal: (signal) => void child.kill(signal),
      write: (file, text) => this.write(file, text),
      type: (...typed) => this.run(typed),
      open: async (request) => {
        const response = await post(request);
        const body = (await response.json()) as { url: string; ticket: string; code?: string };
        if (response.status !== 201) throw new Error(`${response.status} ${body.code}`);
        const socket = new TestSocket(`${url}${body.url}`, [
          `${TICKET_PROTOCOL_PREFIX}${body.ticket}`,
        ]);
        await socket.opened;
        await Promise.race([
          socket.nextOf('welcome'),
          socket.closed.then(() => Promise.reject(new Error('closed'))),
        ]);
        return socket;
      },
    };
  }

  async remove(): Promise<void> {
    for (const child of this.#children) if (child.exitCode === null) child.kill('SIGKILL');
    await rm(this.path, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** What is no JSON was printed by others. */
function linesOf(text: string): LogLine[] {
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as LogLine];
    } catch {
      return [];
    }
  });
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The real command in a folder of its own: started, changed while it runs, ended. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parseSnapshot, type Snapshot } from '@tenantry/core/snapshot';
import { settingsOf } from './population.js';

const place = (file: string): string => fileURLToPath(new URL(file, import.meta.url));
const BIN = place('../../../../packages/cli/dist/src/bin.js');
const CORE = place('../../../../packages/core');
const AGENTS = place('agents');

const START_DEADLINE_MS = 60_000;
export const USUAL_CAP = 10;

export const hotAgent = (answer: string): string => `import { defineAgent } from '@tenantry/core';
export default defineAgent({ name: 'hot', run: async () => '${answer}' });
`;

export class SoakService {
  readonly folder: string;
  readonly url: string;
  readonly key: string;
  readonly pid: number;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  readonly #child: ChildProcess;

  private constructor(folder: string, url: string, key: string, child: ChildProcess) {
    this.folder = folder;
    this.url = url;
    this.key = key;
    this.pid = child.pid!;
    this.#child = child;
    this.ended = once(child, 'exit').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as string | null,
    }));
  }

  static async start(): Promise<SoakService> {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'tenantry-soak-'));
    await mkdir(path.join(folder, 'agents'));
    await mkdir(path.join(folder, 'node_modules/@tenantry'), { recursive: true });
    await symlink(CORE, path.join(folder, 'node_modules/@tenantry/core'));
    for (const file of await readdir(AGENTS)) {
      if (!file.endsWith('.js')) continue;
      await copyFile(
        path.join(AGENTS, file),
        path.join(folder, 'agents', file.replace('.js', '.mjs')),
      );
    }
    await writeFile(path.join(folder, 'agents/hot.mjs'), hotAgent('first'));
    await writeFile(path.join(folder, CONFIG), JSON.stringify(settingsOf(USUAL_CAP)));
    const env = { PATH: process.env['PATH'], XDG_RUNTIME_DIR: folder };
    const made = ['keys', 'create', '--role', 'admin', '--scopes', 'sessions,jobs,admin'];
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [BIN, ...made, '--state-dir', 'state'],
      { env, cwd: folder },
    );
    const child = spawn(process.execPath, [BIN, 'serve'], {
      env,
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stderr.pipe(createWriteStream(path.join(folder, LOG)));
    return new SoakService(folder, await listening(child), stdout.trim(), child);
  }

  get logFile(): string {
    return path.join(this.folder, LOG);
  }

  write(file: string, text: string): Promise<void> {
    return writeFile(path.join(this.folder, file), text);
  }

  configure(text: string): Promise<void> {
    return this.write(CONFIG, text);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async ask(
    route: string,
    {
      headers,
      ...init
    }: Omit<RequestInit, 'headers'> & {
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ): Promise<Response> {
    const usual = { authorization: `Bearer ${this.key}`, 'content-type': 'application/json' };
    return fetch(`${this.url}${route}`, { ...init, headers: { ...usual, ...headers } });
  }

  async snapshot(): Promise<Snapshot> {
    return parseSnapshot(await (await this.ask('/v1/snapshot')).json());
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

const CONFIG = 'tenantry.config.json';
const LOG = 'service.log';

async function listening(child: ChildProcess): Promise<string> {
  let said = '';
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('it does not listen')), START_DEADLINE_MS);
    child.once('exit', (code) => reject(new Error(`it ended with ${code} before it listened`)));
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const url = /http:\/\/\S+:\d+/.exec(said)?.[0];
      if (url === undefined) return;
      clearTimeout(late);
      resolve(url);
    });
  });
}

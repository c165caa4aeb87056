/**
 * plainjob, a queue of jobs on SQLite, with the durability of ours: a commit is synced. It runs on libsql,
 * SQLite with the interface of better-sqlite3, whose binary comes out of the registry: better-sqlite3
 * itself is compiled for a minute or more where its binary cannot be downloaded. Neither is among the
 * workspace's packages: they are installed into a folder of the user's cache the first time.
 */
import { execFile } from 'node:child_process';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const DATABASE = 'libsql';
const PACKAGES = ['plainjob@0.0.14', `${DATABASE}@0.5`];
const LONGEST_INSTALL_MS = 120_000;
const silent = { error() {}, warn() {}, info() {}, debug() {} };

/** The part of it that is measured. */
export interface PlainQueue {
  add(type: string, data: unknown): { readonly id: number };
  addMany(type: string, data: readonly unknown[]): { readonly ids: readonly number[] };
  close(): void;
}

interface PlainWorker {
  start(): Promise<void>;
  stop(): Promise<void>;
}

interface Plainjob {
  readonly better: (database: unknown) => { pragma(statement: string): unknown };
  readonly defineQueue: (options: object) => PlainQueue;
  readonly defineWorker: (
    type: string,
    run: (job: { readonly id: number; readonly data: string }) => Promise<void>,
    options: object,
  ) => PlainWorker;
}

export interface OpenedPlainjob {
  readonly queue: PlainQueue;
  /** Begins to run jobs of a type, each polled for as soon as the one before is done. */
  work(
    type: string,
    run: (data: string) => Promise<unknown>,
    done: (id: number) => void,
  ): PlainWorker;
  close(): void;
}

/** @throws where it cannot be installed */
export async function openPlainjob(
  file: string,
  note: (text: string) => void,
): Promise<OpenedPlainjob> {
  const folder = await installed(note);
  const require = createRequire(path.join(folder, 'package.json'));
  const Database = require(DATABASE) as new (file: string) => { close(): void };
  const entry = path.join(folder, 'node_modules/plainjob/dist/plainjob.js');
  const { better, defineQueue, defineWorker } = (await import(
    pathToFileURL(entry).href
  )) as Plainjob;
  const database = new Database(file);
  const connection = better(database);
  const queue = defineQueue({ connection, logger: silent });
  // It sets NORMAL itself, with which a loss of power takes the last commits with it.
  connection.pragma('synchronous = FULL');
  return {
    queue,
    work: (type, run, done) =>
      defineWorker(type, async ({ data }) => void (await run(data)), {
        queue,
        logger: silent,
        pollIntervall: 1,
        onCompleted: ({ id }: { readonly id: number }) => done(id),
      }),
    close: () => {
      queue.close();
      database.close();
    },
  };
}

async function installed(note: (text: string) => void): Promise<string> {
  const folder = path.join(os.homedir(), '.cache', 'tenantry-bench', 'jobs-peer');
  const marker = path.join(folder, 'installed');
  if ((await stat(marker).catch(() => undefined)) !== undefined) return folder;
  note(`installs ${PACKAGES.join(' and ')} into ${folder}, once`);
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'package.json'), '{"private":true}\n');
  const install = ['install', '--no-audit', '--no-fund', ...PACKAGES];
  await promisify(execFile)('npm', install, { cwd: folder, timeout: LONGEST_INSTALL_MS });
  await writeFile(marker, `${PACKAGES.join('\n')}\n`);
  return folder;
}

/** The host `has-incidents` as a test talks to it. */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { ChildProcess } from 'node:child_process';
import type { AgentPoolOptions, PoolBundle, RuntimeEvent, Snapshot } from '@tenantry/core';
import { readBundle, type ReadBundle } from '@tenantry/core/internal/host';
import { startHost } from './host-process.js';
import { until } from './rungs.js';

interface Line {
  readonly id?: number;
  readonly value?: unknown;
  readonly refused?: { readonly code?: string; readonly message: string };
  readonly event?: RuntimeEvent;
  readonly socket?: string;
}

export class IncidentHost {
  readonly process: ChildProcess;
  readonly events: RuntimeEvent[] = [];
  stderr = '';
  readonly #folder: string;
  readonly #answers = new Map<number, (line: Line) => void>();
  #socket: string | undefined;
  #lastId = 0;

  private constructor(
    folder: string,
    options: Partial<AgentPoolOptions>,
    env: Readonly<Record<string, string>>,
  ) {
    this.#folder = folder;
    const all = {
      stateDir: path.join(folder, 'state'),
      introspectionSocketPath: path.join(folder, 'pool.sock'),
      ...options,
    };
    const args = [JSON.stringify(all)];
    this.process = startHost('has-incidents', { args, hears: true, logLevel: 'info', env });
    let begun = '';
    this.process.stdout!.setEncoding('utf8').on('data', (text: string) => {
      const parts = (begun + text).split('\n');
      begun = parts.pop()!;
      for (const part of parts) this.#heard(JSON.parse(part) as Line);
    });
    this.process.stderr!.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
  }

  static async start(
    folder: string,
    options: Partial<AgentPoolOptions> = {},
    env: Readonly<Record<string, string>> = {},
  ): Promise<IncidentHost> {
    const host = new IncidentHost(folder, options, env);
    await until('the host is ready', () => host.#socket !== undefined);
    return host;
  }

  get socket(): string {
    return this.#socket!;
  }

  get bundleFolder(): string {
    return path.join(this.#folder, 'state', 'bundles');
  }

  /** Files in the folder of bundles, whole or not, oldest first. */
  files(): string[] {
    try {
      return readdirSync(this.bundleFolder).sort();
    } catch {
      return [];
    }
  }

  read(name: string): Promise<ReadBundle> {
    return readBundle(path.join(this.bundleFolder, name));
  }

  open(tenant: string, as = tenant): Promise<string> {
    return this.#ask({ open: { tenant, as } }) as Promise<string>;
  }

  send(to: string, message: unknown): Promise<unknown> {
    return this.#ask({ send: { to, message } });
  }

  bundle(tenant?: string): Promise<PoolBundle> {
    return this.#ask({ bundle: { tenant } }) as Promise<PoolBundle>;
  }

  snapshot(): Promise<Snapshot> {
    return this.#ask({ snapshot: true }) as Promise<Snapshot>;
  }

  async end(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.stdin!.end();
    await ended;
  }

  async #ask(command: object): Promise<unknown> {
    const id = ++this.#lastId;
    const answered = new Promise<Line>((resolve) => this.#answers.set(id, resolve));
    this.process.stdin!.write(`${JSON.stringify({ id, ...command })}\n`);
    const { value, refused } = await answered;
    if (refused === undefined) return value;
    throw Object.assign(new Error(refused.message), { code: refused.code });
  }

  #heard(line: Line): void {
    if (line.socket !== undefined) this.#socket = line.socket;
    if (line.event !== undefined) this.events.push(line.event);
    if (line.id !== undefined) this.#answers.get(line.id)?.(line);
  }
}

/** All that is in a bundle, as one text. */
export function textOf({ manifest, parts }: ReadBundle): string {
  return [JSON.stringify(manifest), ...[...parts.values()].map((part) => part.toString())].join(
    '\n',
  );
}

/** The records of a part that has one a line. */
export function recordsOf(
  { parts }: ReadBundle,
  name: 'recorder.jsonl' | 'audit.jsonl' | 'logs.jsonl',
): Record<string, unknown>[] {
  return parts
    .get(name)!
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

export function fileOf(folder: string, name: string): string {
  return readFileSync(path.join(folder, name), 'utf8');
}

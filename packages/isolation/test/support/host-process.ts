/** Runs one of the host programs in a process of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const started = new Set<ChildProcess>();

/** Ends every host that a test has left behind. */
export function killHosts(): void {
  for (const host of started) host.kill('SIGKILL');
  started.clear();
}

export interface HostOptions {
  readonly args?: readonly string[];
  /** Of Node. */
  readonly flags?: readonly string[];
  readonly logLevel?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Takes lines on its stdin, which otherwise has none. */
  readonly hears?: boolean;
}

export function startHost(
  name: string,
  { args = [], flags = [], logLevel = 'silent', env = {}, hears = false }: HostOptions = {},
): ChildProcess {
  const file = fileURLToPath(new URL(`../hosts/${name}.js`, import.meta.url));
  const host = spawn(process.execPath, [...flags, file, ...args], {
    stdio: [hears ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '', TENANTRY_LOG_LEVEL: logLevel, ...env },
  });
  started.add(host);
  return host;
}

export interface HostRun {
  readonly lines: readonly unknown[];
  readonly stderr: string;
  readonly code: number | null;
}

/** Runs it to its end; its stdout is one JSON value a line. */
export async function runHost(name: string, options: HostOptions = {}): Promise<HostRun> {
  return ran(startHost(name, options));
}

/** What a host that runs says until its end; `onLine` hears it as it comes. */
export async function ran(
  host: ChildProcess,
  onLine: (line: unknown) => void = () => {},
): Promise<HostRun> {
  const lines: unknown[] = [];
  let begun = '';
  let stderr = '';
  host.stdout!.setEncoding('utf8').on('data', (text: string) => {
    const parts = (begun + text).split('\n');
    begun = parts.pop()!;
    for (const part of parts) {
      const line = JSON.parse(part) as unknown;
      lines.push(line);
      onLine(line);
    }
  });
  host.stderr!.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const code = await new Promise<number | null>((resolve) => host.on('close', resolve));
  return { lines, stderr, code };
}

/** The first line it prints. */
export function firstLine(host: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    host.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end !== -1) resolve(text.slice(0, end));
    });
    host.on('exit', (code) => reject(new Error(`the host ended with ${String(code)}: ${text}`)));
  });
}

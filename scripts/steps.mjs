// What the scripts share: running a command as a timed step, and the install check. Node built-ins
// only, because it runs before anything is installed.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Commands of installed tools, by their JavaScript entry so that no shell or PATH is involved. */
export const tools = {
  tsc: 'node_modules/typescript/bin/tsc',
  jest: 'node_modules/jest/bin/jest.js',
  oxlint: 'node_modules/oxlint/bin/oxlint',
  oxfmt: 'node_modules/oxfmt/bin/oxfmt',
  knip: 'node_modules/knip/bin/knip.js',
};

export const seconds = (sinceMs) => ((performance.now() - sinceMs) / 1000).toFixed(1);

/** Progress goes to stderr, so that the stdout of `npm run bench` stays machine-readable. */
export const say = (line) => process.stderr.write(`${line}\n`);

/** Runs to the end and resolves with the exit code and, unless it is shown live, the output. */
export function run(command, args, { live = false, cwd = root, env = process.env } = {}) {
  return new Promise((done) => {
    const child = spawn(command, args, {
      cwd,
      env,
      stdio: live ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let stdout = '';
    child.stdout?.setEncoding('utf8').on('data', (text) => {
      output += text;
      stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
    child.on('error', (error) =>
      done({ ok: false, output: `${output}${error.message}\n`, stdout }),
    );
    child.on('close', (code, signal) => {
      if (signal) output += `ended by ${signal}\n`;
      done({ ok: code === 0, code, output, stdout });
    });
  });
}

export const node = (args, options) => run(process.execPath, args, options);

/** Runs `work` with a line before and after; a failed step's output is shown in full. */
export async function step(name, work) {
  const started = performance.now();
  say(`▸ ${name}`);
  const result = await work();
  const time = seconds(started);
  if (!result.ok && result.output) say(result.output.trimEnd());
  say(
    `  ${result.ok ? 'ok' : 'FAILED'} ${name} (${time} s)${result.note ? `: ${result.note}` : ''}`,
  );
  return { name, seconds: time, ...result };
}

export function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 20)) return;
  say(`Node ${process.versions.node} is too old: Tenantry needs Node 20.20 or newer.`);
  process.exit(1);
}

const lockEntries = (path) => {
  try {
    return JSON.parse(readFileSync(join(root, path), 'utf8')).packages;
  } catch {
    return undefined;
  }
};

/**
 * Whether node_modules is what package-lock.json asks for. npm's own record of the installed tree
 * serves as the stamp: it also knows about an install that somebody ran by hand.
 */
function isInstalled() {
  const wanted = lockEntries('package-lock.json');
  const installed = lockEntries('node_modules/.package-lock.json');
  if (!wanted || !installed) return false;
  const inModules = Object.entries(wanted).filter(([path]) => path.includes('node_modules/'));
  return inModules.every(([path, entry]) => {
    const there = installed[path];
    if (!there) return entry.optional === true || entry.devOptional === true;
    return there.version === entry.version && there.integrity === entry.integrity;
  });
}

/** Installs when needed; undefined when there was nothing to do. */
export async function install() {
  if (isInstalled()) return undefined;
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  return step('install (npm ci)', () =>
    run(npm, ['ci', '--include=dev', '--no-audit', '--no-fund']),
  );
}

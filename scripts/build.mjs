// Compiles every package that has sources, after removing outputs whose source is gone: a test or
// an agent that was renamed must not live on in dist.
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { install, node, requireNode, root, step, tools } from './steps.mjs';

const command = join(root, 'packages/cli/dist/src/bin.js');

const files = (dir) =>
  existsSync(dir)
    ? readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
        const path = join(dir, entry.name);
        return entry.isDirectory() ? files(path) : [path];
      })
    : [];

const isSource = (path) => /\.[cm]?tsx?$/.test(path) && !/\.d\.[cm]?ts$/.test(path);

/** The references of tsconfig.json that have something to compile. */
export function projects() {
  const { references } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8'));
  return references
    .map((reference) => reference.path)
    .filter((path) => files(join(root, path, 'src')).some(isSource));
}

function removeEmptyFolders(dir) {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    if (entry.isDirectory()) removeEmptyFolders(join(dir, entry.name));
  }
  if (readdirSync(dir).length === 0) rmdirSync(dir);
}

function cleanStale(project) {
  const dist = join(root, project, 'dist');
  for (const part of ['src', 'test']) {
    const out = join(dist, part);
    const stem = (path, from) => path.slice(from.length);
    const sources = new Set(
      files(join(root, project, part))
        .filter(isSource)
        .map((path) => stem(path, join(root, project, part)).replace(/\.([cm]?)tsx?$/, '.$1')),
    );
    const outputs = new Set();
    for (const path of files(out)) {
      const match = /^(.*?)\.(?:d\.)?([cm]?)[jt]s(?:\.map)?$/.exec(stem(path, out));
      if (!match) continue;
      const source = `${match[1]}.${match[2]}`;
      if (!sources.has(source)) rmSync(path);
      else if (/\.[cm]?js$/.test(path)) outputs.add(source);
    }
    // tsc trusts its build info, so an output that was deleted by hand comes back only without it.
    if ([...sources].some((source) => !outputs.has(source))) {
      rmSync(join(dist, 'tsconfig.tsbuildinfo'), { force: true });
    }
    if (existsSync(out)) removeEmptyFolders(out);
  }
}

/** Runs `tsc -b`; the result has the compiler's output. */
export async function build() {
  const paths = projects();
  if (paths.length === 0) return { ok: true, output: '', note: 'no sources' };
  for (const path of paths) cleanStale(path);
  const built = await node([tools.tsc, '-b', ...paths]);
  // npm makes it executable where it installs a package that has it, which a fresh clone has not.
  if (built.ok && existsSync(command)) chmodSync(command, 0o755);
  return built;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  requireNode();
  const installed = await install();
  const result = installed?.ok === false ? installed : await step('build', build);
  process.exitCode = result.ok ? 0 : 1;
}

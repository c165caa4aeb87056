// `npm test`: everything that CI checks, in one run that goes on after a failure. `--quick` leaves
// out the other Node versions. The last line is `N passed, N failed`: every jest test of every run,
// plus one for each step that is not jest.
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { build, projects } from './build.mjs';
import { install, node, requireNode, root, run, say, seconds, step, tools } from './steps.mjs';

const otherNodes = [22, 24, 26];
const quick = process.argv.includes('--quick');
const started = performance.now();
const scratch = mkdtempSync(join(tmpdir(), 'tenantry-test-'));
const rows = [];

function record(result) {
  rows.push({ passed: result.ok ? 1 : 0, failed: result.ok ? 0 : 1, ...result });
  return result.ok;
}

const notRun = (name, note) => rows.push({ name, note, passed: 0, failed: 0, notRun: true });

function finish() {
  rmSync(scratch, { recursive: true, force: true });
  const passed = rows.reduce((sum, row) => sum + row.passed, 0);
  const failed = rows.reduce((sum, row) => sum + row.failed, 0);
  const width = Math.max(...rows.map((row) => row.name.length));
  const lines = rows.map((row) => {
    const word = row.notRun ? 'not run' : row.ok ? 'ok' : 'FAILED';
    const note = row.note ? `  ${row.note}` : '';
    return `${row.name.padEnd(width)}  ${(row.seconds ?? '').padStart(7)}  ${word}${note}`;
  });
  console.log(`\n${'step'.padEnd(width)}  seconds  result`);
  console.log(lines.join('\n'));
  console.log(`${'total'.padEnd(width)}  ${seconds(started).padStart(7)}\n`);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}

const testFiles = () =>
  projects()
    .filter((project) => project.startsWith('packages/'))
    .flatMap((project) => {
      const dir = join(root, project, 'test');
      const found = existsSync(dir) ? readdirSync(dir, { recursive: true }) : [];
      return found
        .map((path) => path.replaceAll('\\', '/'))
        .filter((path) => path.endsWith('.test.ts'));
    });
const isContract = (path) => path.startsWith('contract/');
const isIsolate = (path) => isContract(path) || path.endsWith('.isolate.test.ts');
/** Tests that need a program of the system; they are a project of jest each, and a step each. */
const systemPrograms = [
  { project: 'browser', command: 'chromium', debian: 'chromium' },
  { project: 'promtool', command: 'promtool', debian: 'prometheus' },
];
const needs =
  ({ project }) =>
  (path) =>
    path.endsWith(`.${project}.test.ts`);
const needsNone = (path) => !systemPrograms.some((program) => needs(program)(path));
const isOnPath = (command) =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, command)));

/** A jest run as a step whose tests are counted one by one. */
async function jestStep(name, binary, args, isExpected) {
  if (!testFiles().some(isExpected)) return notRun(name, 'no such tests in the sources');
  const report = join(scratch, `${rows.length}.json`);
  const result = await step(name, async () => {
    // A flag, not NODE_OPTIONS: jest hands its flags to its workers, and the environment that
    // isolates see in tests stays the user's own.
    const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
    const command = [...flags, tools.jest, ...args, '--json', `--outputFile=${report}`];
    const { ok } = await run(binary, command, { live: true });
    let counts;
    try {
      counts = JSON.parse(readFileSync(report, 'utf8'));
    } catch {
      return { ok: false, passed: 0, failed: 1, note: 'jest ended without a report' };
    }
    const passed = counts.numPassedTests;
    const broken = counts.numRuntimeErrorTestSuites;
    const skipped = counts.numPendingTests;
    // A run may fail without a failed test: a suite that does not load, or no test at all.
    const failed = Math.max(counts.numFailedTests + broken, ok && passed > 0 ? 0 : 1);
    const parts = [`${passed} passed`, `${failed} failed`];
    if (broken > 0) parts.push(`${broken} suites did not load`);
    if (skipped > 0) parts.push(`${skipped} skipped`);
    return { ok: failed === 0, passed, failed, note: parts.join(', ') };
  });
  return record(result);
}

async function fetchNode(major) {
  const binary = { path: undefined };
  const result = await step(`fetch Node ${major}`, async () => {
    const print = 'JSON.stringify([process.execPath, process.versions.node])';
    const args = ['-y', '-p', `node@${major}`, 'node', '-p', print];
    const npx = process.platform === 'win32' ? 'npx.cmd' : 'npx';
    const fetched = await run(npx, args, { cwd: scratch });
    let path;
    let version = '';
    try {
      [path, version] = JSON.parse(fetched.stdout.trim());
    } catch {
      return { ...fetched, ok: false, note: 'could not be fetched' };
    }
    if (!version.startsWith(`${major}.`)) {
      return { ok: false, output: fetched.output, note: `got Node ${version} instead` };
    }
    binary.path = path;
    return { ok: true, note: version };
  });
  record(result);
  return binary.path;
}

/** Whether the tarball would hold every file that package.json promises. */
async function packCheck(project) {
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const args = ['pack', '--dry-run', '--json', '--ignore-scripts', `--workspace=${project}`];
  const packed = await run(npm, args);
  if (!packed.ok) return packed;
  const parsed = JSON.parse(packed.stdout);
  const [entry] = Array.isArray(parsed) ? parsed : Object.values(parsed);
  const present = new Set(entry.files.map((file) => file.path));
  const manifest = JSON.parse(readFileSync(join(root, project, 'package.json'), 'utf8'));
  const leaves = (value) =>
    typeof value === 'string' ? [value] : Object.values(value ?? {}).flatMap(leaves);
  const promised = [...leaves(manifest.exports), ...leaves(manifest.bin), 'LICENSE'];
  const problems = promised
    .map((path) => path.replace(/^\.\//, ''))
    .filter((path) => !present.has(path))
    .map((path) => `missing from the tarball: ${path}`);
  for (const path of present) {
    if (/^(dist\/)?test\/|\.tsbuildinfo$/.test(path)) problems.push(`does not belong: ${path}`);
  }
  const note = `${present.size} files, ${Math.ceil(entry.size / 1024)} KB`;
  return { ok: problems.length === 0, output: problems.join('\n'), note };
}

async function main() {
  const installed = await install();
  if (installed && !record(installed)) return;

  const built = record(await step('build (type check)', build));
  record(await step('format', () => node([tools.oxfmt, '--check'])));
  const lint = [tools.oxlint, '--type-aware', '--deny-warnings'];
  record(await step('lint', () => node(lint)));
  record(await step('layers', () => node(['scripts/check-layers.mjs', '--self-test'])));
  record(await step('unused exports', () => node([tools.knip, '--no-config-hints'])));

  const here = `Node ${process.versions.node.split('.')[0]}`;
  const unit = `unit tests, ${here}`;
  const isolates = `isolate tests, ${here}`;
  const alone = `tests of neighbours, ${here}`;
  const contract = (major) => `contract suite, Node ${major}`;
  const packages = projects().filter((project) => project.startsWith('packages/'));
  const others = quick ? [] : otherNodes;
  if (!built) {
    const names = [
      unit,
      isolates,
      alone,
      ...systemPrograms.map(({ project }) => `${project} tests, ${here}`),
      ...others.map(contract),
      ...packages.map((path) => `pack ${path}`),
    ];
    for (const name of names) notRun(name, 'the build failed');
    return;
  }
  for (const path of packages) record(await step(`pack ${path}`, () => packCheck(path)));
  const only = (project) => ['--selectProjects', project];
  await jestStep(
    unit,
    process.execPath,
    [...only('unit'), '--maxWorkers=2'],
    (path) => !isIsolate(path) && needsNone(path),
  );
  await jestStep(isolates, process.execPath, [...only('isolates'), '--maxWorkers=2'], isIsolate);
  await jestStep(alone, process.execPath, [...only('alone'), '--maxWorkers=1'], () => true);
  for (const program of systemPrograms) {
    const name = `${program.project} tests, ${here}`;
    if (isOnPath(program.command)) {
      await jestStep(name, process.execPath, only(program.project), needs(program));
    } else notRun(name, `no ${program.command} (Debian: apt-get install ${program.debian})`);
  }

  const binaries = [];
  for (const major of others) binaries.push([major, await fetchNode(major)]);
  const suite = [...only('isolates'), '--maxWorkers=2', '--testPathPatterns=dist/test/contract/'];
  for (const [major, binary] of binaries) {
    if (binary) await jestStep(contract(major), binary, suite, isContract);
    else notRun(contract(major), `Node ${major} could not be fetched`);
  }
}

requireNode();
try {
  await main();
} catch (error) {
  say(error.stack);
  record({ name: 'test script', ok: false, note: error.message });
}
finish();

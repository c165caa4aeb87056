// Installs and builds when needed, then hands the terminal to one of our programs.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { build } from './build.mjs';
import { install, requireNode, root, say, step } from './steps.mjs';

/** Runs `file` and ends this process the way it ended. */
export async function launch(file, args, { quiet = false } = {}) {
  requireNode();
  const installed = await install();
  if (installed?.ok === false) process.exit(1);
  const built = quiet ? await build() : await step('build', build);
  if (!built.ok) {
    if (quiet) say(built.output.trimEnd());
    process.exit(1);
  }
  if (!quiet) say(`▸ node ${[file, ...args].join(' ')}`);
  const child = spawn(process.execPath, [file, ...args], { cwd: root, stdio: 'inherit' });
  // A terminal sends Ctrl-C to the whole group: the program drains, and this process waits for it.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

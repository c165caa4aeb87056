/** How a thread or process is made one whose agents look and do not act: by flags, and by a guard. */
import process from 'node:process';
import type { Attempts } from './attempts.js';

export type { Attempts };

/**
 * Flags of a thread or process by which Node itself denies writes, other processes and threads, native
 * code and Node's inspector. The network only since Node 25.
 */
export function dryRunFlags(): string[] {
  const known = process.allowedNodeEnvironmentFlags;
  const flag = ['--permission', '--experimental-permission'].find((name) => known.has(name));
  return flag === undefined
    ? []
    : [flag, '--allow-fs-read=*', '--disable-warning=ExperimentalWarning'];
}

/** Of this thread, for good; before any code of an agent is loaded. */
export async function installDryRunGuard(): Promise<Attempts> {
  // Only here: a thread that is not guarded does not load it, and what it guards.
  const { guardDryRun } = await import('./dry-run-guard.js');
  return guardDryRun();
}

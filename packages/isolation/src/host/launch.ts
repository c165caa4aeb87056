/**
 * How a child is launched so that the operating system limits its memory. On Linux a shell lowers the
 * data-segment limit and becomes Node: unlike V8's own limits it covers Buffers and large arrays, and
 * unlike an address-space limit it does not count what V8 merely reserves.
 */
import process from 'node:process';

const KB_PER_MB = 1_024;

export interface LaunchCommand {
  readonly execPath: string;
  readonly execArgv: string[];
}

/** Whether this platform can hold a child to a hard memory limit. */
export const hasDataLimit = process.platform === 'linux';

export function launchCommand(hardLimitMb: number | null): LaunchCommand {
  if (hardLimitMb === null || !hasDataLimit) return { execPath: process.execPath, execArgv: [] };
  const limitKb = String(Math.ceil(hardLimitMb * KB_PER_MB));
  return {
    execPath: '/bin/sh',
    execArgv: ['-c', 'ulimit -d "$0" && exec "$@"', limitKb, process.execPath],
  };
}

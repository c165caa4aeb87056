/**
 * A heap size given to the whole process switches the hard limits of its threads off, on every version
 * of Node (https://github.com/nodejs/node/issues/43991); only the watched limit is left then.
 */
import process from 'node:process';

const OVERRIDE = /--max[-_]old[-_]space[-_]size(?:=|\s|$)/;

/** Whether this process was started with `--max-old-space-size`, by flag or by NODE_OPTIONS. */
export function hasHeapOverride(
  execArgv: readonly string[] = process.execArgv,
  nodeOptions = process.env['NODE_OPTIONS'] ?? '',
): boolean {
  return OVERRIDE.test([...execArgv, nodeOptions].join(' '));
}

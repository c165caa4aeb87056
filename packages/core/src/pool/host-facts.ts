/** What of this process and its host can keep a setting from holding. Read once: none of it changes. */
import { accessSync, constants } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';

export interface HostFacts {
  /** `--max-old-space-size`, which switches V8's limit of each thread off. */
  readonly hasHeapFlag: boolean;
  /** Linux with util-linux's prlimit. */
  readonly canLimitData: boolean;
  /** Least of the machine's memory and the limit of this process's control group. */
  readonly memoryMb: number;
}

const BYTES_PER_MB = 1_048_576;
const HEAP_FLAG = /--max[-_]old[-_]space[-_]size/;

export function readHostFacts(): HostFacts {
  // Without a limit, Node answers 0 or undefined, or a number beyond any machine's memory.
  const constrained = process.constrainedMemory() || Number.POSITIVE_INFINITY;
  return {
    hasHeapFlag: [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].some((flag) =>
      HEAP_FLAG.test(flag),
    ),
    canLimitData: process.platform === 'linux' && isOnPath('prlimit'),
    memoryMb: Math.min(os.totalmem(), constrained) / BYTES_PER_MB,
  };
}

function isOnPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(path.delimiter).some((folder) => {
    try {
      accessSync(path.join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * The hard memory limit of a child: the operating system's limit on its data segment. Unlike V8's own
 * limits it covers Buffers and large arrays, and unlike an address-space limit it does not count what
 * is merely reserved for code. Set from outside once the child has booted and before it sees a tenant,
 * because what Node maps at rest differs tenfold between its versions (110 MB on 20, 1,100 MB on 24).
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const BYTES_PER_KB = 1_024;
const BYTES_PER_MB = 1_048_576;

/** `unsupported`: not Linux, or without util-linux's prlimit; the watched limit still holds. */
export type DataLimit = 'set' | 'unsupported';

/** Lets process `pid` map `allowanceMb` of data more than it has now. */
export async function limitData(pid: number, allowanceMb: number): Promise<DataLimit> {
  try {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    const atRestKb = /^VmData:\s+(\d+) kB/m.exec(status)?.[1];
    if (atRestKb === undefined) return 'unsupported';
    const bytes = Number(atRestKb) * BYTES_PER_KB + Math.ceil(allowanceMb * BYTES_PER_MB);
    await promisify(execFile)('prlimit', ['--pid', String(pid), `--data=${bytes}`]);
    return 'set';
  } catch {
    return 'unsupported';
  }
}

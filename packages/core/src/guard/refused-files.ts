/** Writes to the file system, refused. Reading is allowed. */
import type fs from 'node:fs';
import { constants } from 'node:fs';
import type { Attempts } from './attempts.js';
import { refuse, textOf, type Args, type TargetOf } from './refusals.js';

/** What changes something at a path. */
const BY_PATH = [
  'appendFile',
  'chmod',
  'chown',
  'lchmod',
  'lchown',
  'lutimes',
  'mkdir',
  'mkdtemp',
  'rm',
  'rmdir',
  'truncate',
  'unlink',
  'utimes',
  'writeFile',
] as const;
/** From one path to another; the second one is changed. */
const TO_PATH = ['copyFile', 'cp', 'link', 'rename', 'symlink'] as const;
/** By descriptor. */
const BY_FD = ['fchmod', 'fchown', 'ftruncate', 'futimes', 'write', 'writev'] as const;
const OF_HANDLE = [
  'appendFile',
  'chmod',
  'chown',
  'truncate',
  'utimes',
  'write',
  'writeFile',
  'writev',
] as const;

const { O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_APPEND } = constants;
const WRITES = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND;
/** stdout and stderr: what is printed is no write. */
const LAST_PRINTING_FD = 2;

const first: TargetOf = ([path]) => textOf(path);
const second: TargetOf = ([, path]) => textOf(path);
const descriptor: TargetOf = ([fd]) =>
  typeof fd === 'number' && fd <= LAST_PRINTING_FD ? undefined : `descriptor ${textOf(fd)}`;
const opened: TargetOf = ([path, flags]) => (onlyReads(flags) ? undefined : textOf(path));

export async function refuseFiles(attempts: Attempts, files: typeof fs): Promise<void> {
  const everyWay = (names: readonly string[], targetOf: TargetOf): void => {
    for (const name of names) {
      const as = `fs.${name}`;
      refuse(attempts, files, { name, as, style: 'calls-back' }, targetOf);
      refuse(attempts, files, { name: `${name}Sync`, as, style: 'throws' }, targetOf);
      refuse(attempts, files.promises, { name, as, style: 'rejects' }, targetOf);
    }
  };
  const handle = await files.promises.open(new URL(import.meta.url), 'r');
  const handles = Object.getPrototypeOf(handle) as object;
  await handle.close();
  for (const name of OF_HANDLE) {
    const as = `fs.FileHandle.${name}`;
    refuse(attempts, handles, { name, as, style: 'rejects' }, () => 'an open file');
  }
  // Node appends to and writes a file by these, so they come last.
  everyWay(BY_PATH, forOpenFiles(first));
  everyWay(TO_PATH, second);
  everyWay(BY_FD, descriptor);
  everyWay(['open'], opened);
}

/** `writeFile` and the like take a descriptor too. */
function forOpenFiles(targetOf: TargetOf): TargetOf {
  return (args) => (typeof args[0] === 'number' ? descriptor(args) : targetOf(args));
}

function onlyReads(flags: Args[number]): boolean {
  if (flags === undefined || flags === null || typeof flags === 'function') return true;
  if (typeof flags === 'number') return (flags & WRITES) === 0;
  return flags === 'r' || flags === 'rs' || flags === 'sr';
}

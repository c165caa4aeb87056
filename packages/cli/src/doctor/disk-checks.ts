/** Where state is kept and where the socket lies. */
import { finding, ok, type Finding } from './finding.js';
import type { FolderFacts, HostFacts } from './host-facts.js';
import type { Plan } from './plan.js';

const LEAST_FREE_MB = 256;
/** A record is acknowledged when it is on the disk, so a slow one is felt by who acts by hand. */
const SLOW_SYNC_MS = 100;
const VOLATILE = new Set(['tmpfs', 'ramfs']);
const REMOTE = new Set(['nfs', 'cifs', 'smb2', 'fuse', '9p']);

export function diskChecks(host: HostFacts, _plan: Plan): Finding[] {
  return [...state(host.stateDir), socket(host.socketDirectory)];
}

function state(folder: FolderFacts | null): Finding[] {
  const check = 'state directory';
  if (folder === null) {
    return [
      finding(
        'warn',
        check,
        'none: rungs, breakers, jobs and the audit trail end with the process',
        'set stateDir to a folder on a local disk',
      ),
    ];
  }
  const { path, fileSystem, exists, isOwn, isWritable, isSymbolicLink, freeMb, syncMs } = folder;
  const fail = (why: string, advice: string): Finding[] => [
    finding('fail', check, `${path}: ${why}`, advice),
  ];
  if (isSymbolicLink) return fail('it is a symbolic link', 'name the folder itself');
  if (!isOwn) return fail('it belongs to another user', 'chown it to the user of the service');
  if (!isWritable) return fail('it cannot be written', 'make it writable, or choose another');
  if (syncMs === null)
    return fail('the disk refuses a file there', 'see whether it is full or read-only');
  const found: Finding[] = [];
  const warn = (why: string, advice: string): void =>
    void found.push(finding('warn', check, `${path}: ${why}`, advice));
  if (VOLATILE.has(fileSystem)) {
    warn(`it is on ${fileSystem}, which a reboot empties`, 'choose a folder on a disk');
  }
  if (REMOTE.has(fileSystem)) {
    warn(`it is on ${fileSystem}, whose locks and syncs differ`, 'choose a folder on a local disk');
  }
  if (freeMb < LEAST_FREE_MB) warn(`${Math.floor(freeMb)} MB are free`, 'make room');
  if (syncMs > SLOW_SYNC_MS) {
    warn(
      `a sync takes ${Math.round(syncMs)} ms`,
      'choose a faster disk: acts and jobs wait for it',
    );
  }
  if (found.length > 0) return found;
  const made = exists ? '' : ', made at the first start';
  return [
    ok(
      check,
      `${path}: ${Math.floor(freeMb)} MB free, a sync takes ${syncMs.toFixed(1)} ms${made}`,
    ),
  ];
}

function socket(folder: FolderFacts): Finding {
  const check = 'socket directory';
  const { path, exists, isOwn, isPrivate, isWritable, isSymbolicLink } = folder;
  const fail = (why: string, advice: string): Finding =>
    finding('fail', check, `${path}: ${why}`, advice);
  if (isSymbolicLink) return fail('it is a symbolic link', 'remove it');
  if (!isOwn) return fail('it belongs to another user', 'set XDG_RUNTIME_DIR to a folder of yours');
  if (!isPrivate) return fail('others may enter it', `chmod 700 ${path}`);
  if (!isWritable) return fail('it cannot be written', 'set XDG_RUNTIME_DIR to a folder of yours');
  return ok(check, exists ? path : `${path}, made at the first start`);
}

/**
 * Who holds a lock: a process by pid, start and a random token, and whether it is still there. A pid
 * alone does not tell, because the system gives it to another process. Files are left to
 * `state-lock.ts`. Processes of another pid namespace, such as another container, are not seen.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { codeOf } from '../errors/errors.js';

export interface LockHolder {
  /** 0 where the lock could not be read. */
  readonly pid: number;
  /** Boot and clock tick at which the process started; null where the system does not say. */
  readonly start: string | null;
  /** 32 hex digits; part of file names. */
  readonly token: string;
}

const TOKEN = /^[0-9a-f]{32}$/;
/** Ended, but not yet asked for by its parent: it holds nothing any more. */
const ENDED_STATES: ReadonlySet<string> = new Set(['Z', 'X']);

export async function ownHolder(): Promise<LockHolder> {
  const { pid } = process;
  return { pid, start: (await lifeOf(pid))?.start ?? null, token: randomBytes(16).toString('hex') };
}

/** What a lock says. One that cannot be read was cut short by a loss of power: nobody holds it. */
export function parseHolder(text: string): LockHolder {
  try {
    const { pid, start, token } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    if (
      Number.isSafeInteger(pid) &&
      (pid as number) > 0 &&
      (start === null || typeof start === 'string') &&
      typeof token === 'string' &&
      TOKEN.test(token)
    ) {
      return { pid: pid as number, start, token };
    }
  } catch {
    // Not JSON, or null.
  }
  const token = createHash('sha256').update(text).digest('hex').slice(0, 32);
  return { pid: 0, start: null, token };
}

export async function isLive({ pid, start }: LockHolder): Promise<boolean> {
  // Signal 0 to pid 0 would ask about the own process group.
  if (pid === 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, and another user's.
    if (codeOf(error) === 'ESRCH') return false;
  }
  const life = await lifeOf(pid);
  if (life === null) return true;
  return !ENDED_STATES.has(life.state) && (start === null || start === life.start);
}

/** From proc(5): the state is the 3rd field of `stat`, the start time in ticks since boot the 22nd. */
async function lifeOf(pid: number): Promise<{ state: string; start: string } | null> {
  try {
    const [stat, boot] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    ]);
    // The 2nd field is the program's name in parentheses, and may hold both blanks and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, ticks] = [fields[0], fields[19]];
    if (state === undefined || ticks === undefined) return null;
    return { state, start: `${boot.trim()}/${ticks}` };
  } catch {
    return null;
  }
}

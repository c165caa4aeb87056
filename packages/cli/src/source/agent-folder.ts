/**
 * The agents of a folder. Their modules are loaded by a child of this process, so that whatever they
 * print, leave open, block or end is the child's, and the caller's output stays its own.
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import {
  TenantryError,
  fromWireError,
  shown,
  systemClock,
  type Clock,
  type Timer,
} from '@tenantry/core/internal';
import type { AgentFile, LoaderMessage } from './agent-loader-message.js';

const LOADER = fileURLToPath(new URL('agent-loader-entry.js', import.meta.url));
/** Far beyond the deadline of one module, which the loader keeps itself unless its loop is blocked. */
const STUCK_AFTER_MS = 15_000;

export interface ReadOptions {
  readonly clock?: Clock;
  readonly stuckAfterMs?: number;
}

/**
 * Every file of the folder, in the order of their names.
 * @throws TENANTRY_AGENT_PATH_REFUSED where there is no such folder, TENANTRY_AGENT_LOAD_TIMEOUT where
 *   a module blocks the loading, TENANTRY_AGENT_LOAD_FAILED where one ends it
 */
export function readAgentFolder(
  folder: string,
  { clock = systemClock, stuckAfterMs = STUCK_AFTER_MS }: ReadOptions = {},
): Promise<AgentFile[]> {
  // What modules print goes to stderr: stdout is the command's.
  const child = fork(LOADER, [folder], { stdio: ['ignore', 2, 2, 'ipc'] });
  return new Promise<AgentFile[]>((resolve, reject) => {
    let stuck: Timer | undefined;
    const waitForSign = (): void => {
      stuck?.cancel();
      stuck = clock.after(stuckAfterMs, () => reject(blocked(folder, stuckAfterMs)));
    };
    waitForSign();
    child.on('message', (message: LoaderMessage) => {
      waitForSign();
      if (message.kind === 'found') resolve(message.files);
      if (message.kind === 'failed') reject(fromWireError(message.error));
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => reject(ended(folder, signal ?? `exit code ${code}`)));
  }).finally(() => child.kill('SIGKILL'));
}

function blocked(folder: string, stuckAfterMs: number): TenantryError {
  return new TenantryError(
    'TENANTRY_AGENT_LOAD_TIMEOUT',
    `agents of ${shown(folder)}: a module has blocked the loading for ${stuckAfterMs} ms ` +
      '(an endless loop at its top?)',
    { details: { folder: shown(folder), limitMs: stuckAfterMs } },
  );
}

function ended(folder: string, how: string): TenantryError {
  return new TenantryError(
    'TENANTRY_AGENT_LOAD_FAILED',
    `agents of ${shown(folder)}: a module ended the process that loaded it (${how})`,
    { details: { folder: shown(folder), how } },
  );
}

/**
 * A child of this process that loads modules of others: whatever they print, leave open, block or end is
 * the child's. What is loaded, and what comes of it, is said by its entry; see `loading-guard.ts`.
 */
import { fork } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { Clock, Timer } from '@tenantry/core/internal';

export type LoadingEnd =
  | { readonly kind: 'done' }
  /** Its loop is blocked: it has not even said that it is alive. */
  | { readonly kind: 'stuck' }
  /** With a signal or an exit code. */
  | { readonly kind: 'ended'; readonly how: string };

export interface LoadingTask {
  readonly entry: URL;
  /** What the entry is told, as JSON. */
  readonly task: unknown;
  readonly execArgv?: readonly string[];
  readonly clock: Clock;
  readonly stuckAfterMs: number;
  /** What modules print is kept back; else it goes to stderr, because stdout is the command's. */
  readonly isQuiet?: boolean;
}

/** Of what modules print; whoever prints more has said enough. */
const MOST_KEPT_BYTES = 65_536;
/** What the child has started may hold its output open. */
const CLOSE_TIMEOUT_MS = 1_000;

/**
 * Resolves when the child has said `done`, or could not; it is gone then. `output` is what was kept back.
 * @throws what the system says where it gives no process
 */
export function loadElsewhere(
  { entry, task, execArgv = [], clock, stuckAfterMs, isQuiet = false }: LoadingTask,
  onMessage: (message: unknown) => void,
): Promise<LoadingEnd & { readonly output: Buffer }> {
  const printed = isQuiet ? 'pipe' : 2;
  const child = fork(fileURLToPath(entry), [JSON.stringify(task)], {
    stdio: ['ignore', printed, printed, 'ipc'],
    execArgv: [...process.execArgv, ...execArgv],
  });
  const kept: Buffer[] = [];
  let keptBytes = 0;
  const keep = (chunk: Buffer): void => {
    if (keptBytes >= MOST_KEPT_BYTES) return;
    kept.push(chunk.subarray(0, MOST_KEPT_BYTES - keptBytes));
    keptBytes += chunk.length;
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return new Promise((resolve, reject) => {
    let end: LoadingEnd | undefined;
    let timer: Timer | undefined;
    const over = (): void => {
      timer?.cancel();
      resolve({ ...(end ?? { kind: 'stuck' }), output: Buffer.concat(kept) });
    };
    const finish = (how: LoadingEnd): void => {
      if (end !== undefined) return;
      end = how;
      child.kill('SIGKILL');
      timer?.cancel();
      timer = clock.after(CLOSE_TIMEOUT_MS, over);
    };
    const waitForSign = (): void => {
      timer?.cancel();
      timer = clock.after(stuckAfterMs, () => finish({ kind: 'stuck' }));
    };
    waitForSign();
    child.on('message', (message: { readonly kind: string }) => {
      if (end !== undefined) return;
      waitForSign();
      onMessage(message);
      if (message.kind === 'done') finish({ kind: 'done' });
    });
    child.on('error', (error) => {
      timer?.cancel();
      child.kill('SIGKILL');
      reject(error);
    });
    child.on('exit', (code, signal) =>
      finish({ kind: 'ended', how: signal ?? `exit code ${code}` }),
    );
    child.on('close', over);
  });
}

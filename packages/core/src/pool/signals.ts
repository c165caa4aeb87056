/** Ends a pool when its process is told to: once in order, twice at once, and in any case in the end. */
import process from 'node:process';
import { ExitGuard, killNow } from './exit-guard.js';

export interface CloseReport {
  /** Isolates that run native code and would not end; `process.exit` would wait for them. */
  readonly stuckIsolates: number;
}

/** What is closed: a pool, or anything that drains and closes. */
export interface Closeable {
  drain(options?: { readonly timeoutMs?: number }): Promise<unknown>;
  close(): Promise<CloseReport>;
}

export interface CloseOnSignalsOptions {
  /** How long running sessions may go on after the first signal. Default 30,000 ms. */
  readonly drainTimeoutMs?: number;
  /** How long everything after the drain may take before the process is killed. Default 10,000 ms. */
  readonly closeTimeoutMs?: number;
  /**
   * Ends this process when the one that forked it has ended, however that ended: sessions with
   * `shutdown`, at once. Default false.
   */
  readonly endsWithParent?: boolean;
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * On the first SIGTERM or SIGINT: admits nothing more, lets sessions finish for `drainTimeoutMs`,
 * closes, and exits with 0, or with 1 where closing failed. On the second: ends at once. A process that
 * is not gone `closeTimeoutMs` after the drain's deadline is killed, whatever its loops are doing, and
 * so is one with a thread stuck in native code, for which `process.exit` would wait. Both, and the
 * second signal, show as exit status 137 (SIGKILL).
 *
 * Returns the function that stops listening.
 */
export function closeOnSignals(pool: Closeable, options: CloseOnSignalsOptions = {}): () => void {
  const { drainTimeoutMs = 30_000, closeTimeoutMs = 10_000, endsWithParent = false } = options;
  const orphanedMs = endsWithParent ? closeTimeoutMs : null;
  const guard = new ExitGuard(SIGNALS, drainTimeoutMs + closeTimeoutMs, orphanedMs);
  let isEnding = false;
  const onSignal = (): void => {
    if (isEnding) {
      killNow();
      return;
    }
    isEnding = true;
    if (!guard.hearsSignals) guard.arm();
    endInOrder(pool, drainTimeoutMs, 0);
  };
  const onOrphaned = (): void => {
    isEnding = true;
    endInOrder(pool, 0, 0);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  if (endsWithParent) process.on('disconnect', onOrphaned);
  return () => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
    process.off('disconnect', onOrphaned);
    guard.close();
  };
}

/** Drains, closes and exits with `exitCode`; the caller has a guard for what does not end. */
export function endInOrder(pool: Closeable, drainTimeoutMs: number, exitCode: number): void {
  void pool
    .drain({ timeoutMs: drainTimeoutMs })
    .then(() => pool.close())
    .then(({ stuckIsolates }) => (stuckIsolates === 0 ? process.exit(exitCode) : killNow()))
    // It ends all the same, with the code of a failure.
    .catch(() => process.exit(1));
}

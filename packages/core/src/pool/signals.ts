/** Ends a pool when its process is told to: once in order, twice at once, and in any case in the end. */
import process from 'node:process';
import { Worker } from 'node:worker_threads';

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
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * On the first SIGTERM or SIGINT: admits nothing more, lets sessions finish for `drainTimeoutMs`,
 * closes, and exits with 0. On the second: ends at once. A process that is not gone
 * `closeTimeoutMs` after the drain's deadline is killed, whatever its loops are doing, and so is one
 * with a thread stuck in native code, for which `process.exit` would wait. Both, and the second
 * signal, show as exit status 137 (SIGKILL).
 *
 * Returns the function that stops listening.
 */
export function closeOnSignals(pool: Closeable, options: CloseOnSignalsOptions = {}): () => void {
  const { drainTimeoutMs = 30_000, closeTimeoutMs = 10_000 } = options;
  let isEnding = false;
  const onSignal = (): void => {
    if (isEnding) {
      killNow();
      return;
    }
    isEnding = true;
    killAfter(drainTimeoutMs + closeTimeoutMs);
    void pool
      .drain({ timeoutMs: drainTimeoutMs })
      .then(() => pool.close())
      .then(({ stuckIsolates }) => (stuckIsolates === 0 ? process.exit(0) : killNow()));
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return () => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
}

const SLEEP_THEN_KILL = `
  const { workerData } = require('node:worker_threads');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, workerData);
  process.kill(process.pid, 'SIGKILL');
`;

function killNow(): void {
  process.kill(process.pid, 'SIGKILL');
}

/** Kills this process after so long, from a thread of its own: a timer would wait for the loop. */
function killAfter(delayMs: number): void {
  new Worker(SLEEP_THEN_KILL, { eval: true, workerData: delayMs, env: {}, execArgv: [] }).unref();
}

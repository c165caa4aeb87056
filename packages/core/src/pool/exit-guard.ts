/**
 * Sees to it that this process ends: kills it at a deadline, or at the second signal, from a thread of
 * its own, because a timer and a signal's listener both wait for the main loop. What is done before the
 * deadline is left to `signals.ts` and `memory-guard.ts`.
 */
import os from 'node:os';
import process from 'node:process';
import { Worker } from 'node:worker_threads';

/**
 * Node gives signals to the main thread only. The class behind `process.on('SIGTERM')` works in every
 * thread (libuv tells each loop that asks), but only Node's own modules may have it: hence the flag,
 * which counts in this thread alone. Without it the main thread says when it has heard one.
 */
const GUARD = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { signals, deadlineMs, ears, parentPid, orphanedMs } = workerData;
  const kill = () => process.kill(process.pid, 'SIGKILL');
  let armed = false;
  const arm = () => {
    if (armed) return;
    armed = true;
    setTimeout(kill, deadlineMs);
  };
  if (parentPid !== null) {
    const looking = setInterval(() => {
      if (process.ppid === parentPid) return;
      clearInterval(looking);
      setTimeout(kill, orphanedMs);
    }, 500);
  }
  const handles = [];
  try {
    const { Signal } = require('internal/test/binding').internalBinding('signal_wrap');
    for (const number of signals) {
      const handle = new Signal();
      handle.onsignal = () => (armed ? kill() : arm());
      if (handle.start(number) !== 0) throw new Error('not heard');
      handles.push(handle);
    }
    Atomics.store(ears, 0, 1);
  } catch {
    for (const handle of handles) handle.close();
  }
  parentPort.on('message', arm);
`;

export class ExitGuard {
  readonly #worker: Worker;
  /** 1 as soon as the thread hears signals itself. */
  readonly #ears = new Int32Array(new SharedArrayBuffer(4));

  /**
   * Kills this process `deadlineMs` after the first of `signals`, or after `arm`; of a process that is
   * not to outlive its parent, also `orphanedMs` after the parent's end.
   */
  constructor(
    signals: readonly NodeJS.Signals[],
    deadlineMs: number,
    orphanedMs: number | null = null,
  ) {
    this.#worker = new Worker(GUARD, {
      eval: true,
      workerData: {
        signals: signals.map((signal) => os.constants.signals[signal]),
        deadlineMs,
        ears: this.#ears,
        parentPid: orphanedMs === null ? null : process.ppid,
        orphanedMs,
      },
      env: {},
      execArgv: ['--expose-internals', '--no-warnings'],
      // It holds a few timers and two handles.
      resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 },
    });
    // A process that has nothing left to do ends all the same; one without guards still closes.
    this.#worker.unref();
    this.#worker.on('error', () => {});
  }

  /** Whether the thread hears the signals that the main thread hears. */
  get hearsSignals(): boolean {
    return Atomics.load(this.#ears, 0) === 1;
  }

  /** The time runs from now on, if it does not yet. */
  arm(): void {
    this.#worker.postMessage(null);
  }

  /** No deadline any more. */
  close(): void {
    void this.#worker.terminate();
  }
}

export function killNow(): void {
  process.kill(process.pid, 'SIGKILL');
}

/**
 * Time as a port. Durations are measured on the monotonic clock, which no one can set back; the wall
 * clock is for display only.
 */

export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Monotonic milliseconds; only differences mean anything. */
  nowMs(): number;
  /** Wall-clock milliseconds since 1970, for display. */
  epochMs(): number;
  /** Runs once after `delayMs`. Keeps the process alive only where somebody waits for it. */
  after(delayMs: number, run: () => void, keepsAlive?: boolean): Timer;
}

/** Node fires a timer with a longer delay at once; longer waits are made of several. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  epochMs: () => Date.now(),
  after(delayMs, run, keepsAlive = false) {
    let handle: NodeJS.Timeout | number;
    const arm = (remainingMs: number): void => {
      const stepMs = Math.min(remainingMs, LONGEST_TIMEOUT_MS);
      handle = setTimeout(() => (remainingMs > stepMs ? arm(remainingMs - stepMs) : run()), stepMs);
      // A browser's timer is a number: there is no process that it could keep alive.
      if (!keepsAlive && typeof handle === 'object') handle.unref();
    };
    arm(Math.max(0, delayMs));
    return { cancel: () => clearTimeout(handle) };
  },
};

/** Runs `run` every `periodMs` until cancelled; a late tick is not made up for. */
export function every(clock: Clock, periodMs: number, run: () => void): Timer {
  let timer = clock.after(periodMs, tick);
  function tick(): void {
    timer = clock.after(periodMs, tick);
    run();
  }
  return { cancel: () => timer.cancel() };
}

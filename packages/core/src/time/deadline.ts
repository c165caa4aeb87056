/** A promise with a deadline: whoever waits on another loop waits no longer than this. */
import type { Clock } from './clock.js';

/** Settles as `promise` does, or rejects with `late()` after `deadlineMs`. */
export function withDeadline<T>(
  clock: Clock,
  promise: Promise<T>,
  deadlineMs: number,
  late: () => Error,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const timer = clock.after(deadlineMs, () => reject(late()), true);
    promise.then(
      (value) => {
        timer.cancel();
        resolve(value);
      },
      (error: unknown) => {
        timer.cancel();
        reject(error);
      },
    );
  });
}

/** Whether `promise` settled within `waitMs`; waits no longer. */
export function settledWithin(
  clock: Clock,
  promise: Promise<unknown>,
  waitMs: number,
): Promise<boolean> {
  return new Promise<boolean>((resolve) => {
    const timer = clock.after(waitMs, () => resolve(false), true);
    const settled = (): void => {
      timer.cancel();
      resolve(true);
    };
    promise.then(settled, settled);
  });
}

/** Resolves after `delayMs`. */
export function delay(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(delayMs, resolve, true);
  });
}

/**
 * How long a job waits before it is tried again: exponential with full jitter, so that what failed
 * together does not come back together. M. Brooker: "Exponential Backoff And Jitter", AWS Architecture
 * Blog, 2015.
 */
import type { RetryRules } from './job.js';

/** Above this exponent every delay is `maxDelayMs`. */
const LARGEST_EXPONENT = 40;

/** After `failedCount` failed attempts, from 1; `random` answers 0 to 1. */
export function backOffMs(
  { baseDelayMs, maxDelayMs }: RetryRules,
  failedCount: number,
  random: () => number,
): number {
  const exponent = Math.min(LARGEST_EXPONENT, Math.max(0, failedCount - 1));
  return random() * Math.min(maxDelayMs, baseDelayMs * 2 ** exponent);
}

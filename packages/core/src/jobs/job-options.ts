/** The options of jobs: how many, how large, how long they are kept. */
import { z } from 'zod';

const KIB = 1_024;
const MIB = 1_024 * KIB;
const DAY_MS = 86_400_000;
const Count = z.int().min(1).max(1_000_000);
const DelayMs = z.number().min(0).max(DAY_MS);

export const RetryOptions = z.strictObject({
  /** Counted attempts, the first one included, before a job becomes a dead letter. */
  maxAttempts: z.int().min(1).max(1_000).default(5),
  /** Longest wait before the second attempt; doubles with each one. */
  baseDelayMs: DelayMs.default(1_000),
  /** No wait is longer. */
  maxDelayMs: DelayMs.default(300_000),
});

export const JobOptions = z.strictObject({
  /** True: a job is acknowledged once it is on the disk, and needs `stateDir`. False: in memory only. */
  durable: z.boolean().default(true),
  /** Most jobs that run at once. */
  maxRunning: Count.default(64),
  /** Most of one tenant. */
  maxRunningPerTenant: Count.default(16),
  /** Most jobs of one tenant that wait for their first or next attempt. */
  maxQueuedPerTenant: Count.default(10_000),
  /** Largest input with metadata, and largest result, as JSON. */
  maxPayloadBytes: z
    .int()
    .min(KIB)
    .max(MIB)
    .default(64 * KIB),
  /** Most bytes of all jobs that are kept, as JSON. */
  maxStoredBytes: z
    .int()
    .min(MIB)
    .max(4 * KIB * MIB)
    .default(256 * MIB),
  /** How a job is retried that says nothing. */
  retry: RetryOptions.prefault({}),
  /** How long a job that is done or cancelled can be asked for. */
  keepDoneMs: z
    .number()
    .min(0)
    .max(365 * DAY_MS)
    .default(DAY_MS),
  /** Most of them; the oldest are forgotten first. */
  maxDone: z.int().min(0).max(1_000_000).default(10_000),
  /** How long a dead letter is kept. */
  keepDeadLettersMs: z
    .number()
    .min(1_000)
    .max(3_650 * DAY_MS)
    .default(90 * DAY_MS),
  /** Most dead letters; the oldest are dropped first, which is told. */
  maxDeadLetters: Count.default(10_000),
  /** Most of one tenant. */
  maxDeadLettersPerTenant: Count.default(1_000),
});
export type JobOptions = Readonly<z.output<typeof JobOptions>>;

/** The option group `metrics` of a pool. What is written by it is told in `metrics-record.ts`. */
import { z } from 'zod';

const KIB = 1_024;
const MIB = 1_024 * KIB;

export const MetricsOptions = z.strictObject({
  /** The file that records are appended to, one JSON document a line. */
  jsonl: z.string().min(1),
  /** How often a snapshot of the pool is recorded. */
  snapshotIntervalMs: z.number().min(250).max(3_600_000).default(10_000),
  /** A file that would grow beyond this is rotated first. */
  maxFileBytes: z
    .int()
    .min(64 * KIB)
    .max(1_024 * 1_024 * MIB)
    .default(64 * MIB),
  /** Rotated files that are kept; the oldest one is deleted. */
  maxFiles: z.int().min(0).max(100).default(5),
  /** Records that may wait for the disk; what comes on top is counted and dropped. */
  maxBufferedRecords: z.int().min(1).max(1_000_000).default(10_000),
});
export type MetricsOptions = Readonly<z.output<typeof MetricsOptions>>;

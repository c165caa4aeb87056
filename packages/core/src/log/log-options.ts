/** The option `logFile` of a pool: where its log goes instead of stderr. */
import { z } from 'zod';

const KIB = 1_024;
const MIB = 1_024 * KIB;
const LogPath = z.string().min(1).max(4_096);

export const LogFileOptions = z.strictObject({
  /** The file that lines are appended to, made for its owner only. */
  path: LogPath,
  /** A file that would grow beyond this is rotated first: `path.1` is the latest of the old ones. */
  maxFileBytes: z
    .int()
    .min(64 * KIB)
    .max(1_024 * 1_024 * MIB)
    .default(64 * MIB),
  /** Rotated files that are kept; the oldest one is deleted. */
  maxFiles: z.int().min(0).max(100).default(5),
});
export type LogFileOptions = Readonly<z.output<typeof LogFileOptions>>;

/** A path alone stands for the group with its defaults. */
export const LogFileInput = z.union([
  LogPath.transform((path) => LogFileOptions.parse({ path })),
  LogFileOptions,
]);

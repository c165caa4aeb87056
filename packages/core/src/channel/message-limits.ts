/** What one message and one direction of a session may hold: the bounds every rung keeps alike. */
import { z } from 'zod';

const MIB = 1_048_576;

export const MessageLimits = z.strictObject({
  /** Largest message, in bytes as counted by `cloneMessage`. */
  maxMessageBytes: z
    .int()
    .min(64)
    .max(256 * MIB)
    .default(MIB),
  /** Deepest nesting of a message. */
  maxMessageDepth: z.int().min(1).max(1_000).default(100),
  /** Messages on their way in one direction before `send` waits. */
  highWaterMessages: z.int().min(1).max(65_536).default(64),
  /** Bytes on their way in one direction before `send` waits. */
  highWaterBytes: z
    .int()
    .min(64)
    .max(256 * MIB)
    .default(MIB),
  /** Messages that may wait behind the high-water mark before `send` refuses. */
  maxWaitingMessages: z.int().min(0).max(1_000_000).default(1_024),
  /** Bytes that may wait behind the high-water mark before `send` refuses. */
  maxWaitingBytes: z
    .int()
    .min(0)
    .max(1_024 * MIB)
    .default(8 * MIB),
});
export type MessageLimits = Readonly<z.output<typeof MessageLimits>>;
export type MessageLimitsInput = z.input<typeof MessageLimits>;

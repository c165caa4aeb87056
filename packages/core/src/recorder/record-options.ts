/** Whether sessions are recorded so that they can be replayed, and how much of each is kept. */
import { z } from 'zod';

export const RecordOptions = z.strictObject({
  /** Messages, effects and notices kept of one session; of more, the first and the last half. */
  maxEvents: z.int().min(10).max(100_000).default(1_000),
  /** Bytes kept of one session, as JSON; of more, the first and the last half. */
  maxBytes: z.int().min(1_024).max(67_108_864).default(262_144),
  /** Which recordings are kept when their sessions have ended. */
  keepEnded: z.enum(['failed', 'all']).default('failed'),
});
export type RecordOptions = Readonly<z.output<typeof RecordOptions>>;

/** The part of a snapshot that tells of jobs. */
import { z } from 'zod';

const count = z.int().min(0);
const figure = z.number().min(0);

export const JobFigures = z.object({
  /** False: they are in memory only, and end with the process. */
  isDurable: z.boolean(),
  /** False while the disk refuses to keep them. */
  isSound: z.boolean(),
  queued: count,
  running: count,
  /** Failed before, and waiting for their next attempt. */
  retrying: count,
  /** Done, and still there to be asked for. */
  doneKept: count,
  deadLetters: count,
  /** Since the process began; they never go back. */
  submittedTotal: count,
  doneTotal: count,
  /** Dead letters that were too many or too old to be kept. */
  deadLettersDropped: count,
  /** Of all jobs that are kept, as JSON. */
  storedBytes: count,
  /** How long the oldest has waited that could start now. */
  oldestWaitMs: figure,
  /** Those in trouble first, at most 100. */
  agents: z.array(
    z.object({
      agent: z.string(),
      queued: count,
      running: count,
      retrying: count,
      deadLetters: count,
      /** Failed attempts since the last that went well, over all jobs of the agent. */
      consecutiveFailures: count,
      /** Whether there are so many that somebody should look. */
      isFailing: z.boolean(),
      lastErrorCode: z.string().nullable(),
      oldestWaitMs: figure,
    }),
  ),
});
export type JobFigures = Readonly<z.output<typeof JobFigures>>;

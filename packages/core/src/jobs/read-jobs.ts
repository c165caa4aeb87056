/** Jobs out of their file, read without a pool: nothing is locked, repaired or written. */
import { open } from 'node:fs/promises';
import { recover } from '../state/keyed-file.js';
import { JobDocument } from './job.js';

/** A document is at most a few megabytes; a longer line is none of ours. */
const LONGEST_LINE_BYTES = 16_777_216;

export interface ReadJobs {
  /** In the order of the file. */
  readonly jobs: readonly JobDocument[];
  /** Records that are no jobs of this version. */
  readonly unreadableCount: number;
  /** Whether lines of the file are no records: some jobs may be older than they were. */
  readonly isDamaged: boolean;
}

/** @throws an error with the system's code where the file cannot be read */
export async function readJobs(file: string): Promise<ReadJobs> {
  const handle = await open(file, 'r');
  try {
    const read = async (atBytes: number, lengthBytes: number): Promise<Uint8Array> => {
      const piece = await handle.read(Buffer.alloc(lengthBytes), 0, lengthBytes, atBytes);
      return piece.buffer.subarray(0, piece.bytesRead);
    };
    const { values, isDamaged } = await recover({ read }, LONGEST_LINE_BYTES);
    const parsed = [...values.values()].map((value) => JobDocument.safeParse(value));
    const jobs = parsed.flatMap(({ success, data }) => (success ? [data] : []));
    return { jobs, unreadableCount: parsed.length - jobs.length, isDamaged };
  } finally {
    await handle.close();
  }
}

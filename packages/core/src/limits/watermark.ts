/**
 * When a growing memory is worth a word: hysteresis between readings and warnings, and nothing else.
 * Who reads, who is told and what is done about it is left to whoever feeds it.
 */
import { z } from 'zod';

const Mb = z.number().positive().max(1_048_576);

export const WatermarkOptions = z
  .strictObject({
    /** Resident memory, in MB of 1,048,576 bytes, at which it warns. No warning by default. */
    warnMb: Mb.optional(),
    /** Resident memory, in MB, at which the limit is reached. No limit by default. */
    limitMb: Mb.optional(),
  })
  .refine(
    ({ warnMb, limitMb }) => warnMb === undefined || limitMb === undefined || warnMb <= limitMb,
    'warnMb is above limitMb',
  );
export type WatermarkOptions = Readonly<z.output<typeof WatermarkOptions>>;

/** Further growth that is worth another warning, in MB. */
const WARN_AGAIN_MB = 50;

export class Watermark {
  readonly #warnMb: number;
  readonly #limitMb: number;
  /** The next warning is due here; `warnMb` while armed. */
  #nextWarnMb: number;
  #isLimitSaid = false;

  constructor({ warnMb, limitMb }: WatermarkOptions) {
    this.#warnMb = warnMb ?? Number.POSITIVE_INFINITY;
    this.#limitMb = limitMb ?? Number.POSITIVE_INFINITY;
    this.#nextWarnMb = this.#warnMb;
  }

  /**
   * Takes a reading. `warn`: once for each crossing upwards and once for every 50 MB of growth beyond
   * that warning, armed again by a reading below. `limit`: once and for all, also in place of a
   * warning.
   */
  read(rssMb: number): 'warn' | 'limit' | undefined {
    if (rssMb >= this.#limitMb && !this.#isLimitSaid) {
      this.#isLimitSaid = true;
      this.#nextWarnMb = rssMb + WARN_AGAIN_MB;
      return 'limit';
    }
    if (rssMb < this.#warnMb) {
      this.#nextWarnMb = this.#warnMb;
      return undefined;
    }
    if (rssMb < this.#nextWarnMb) return undefined;
    this.#nextWarnMb = rssMb + WARN_AGAIN_MB;
    return 'warn';
  }
}

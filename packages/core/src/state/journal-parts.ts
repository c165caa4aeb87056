/** What a journal is told by whoever opens it: the spelling of records, where they go, who hears of it. */
import type { Clock } from '../time/clock.js';
import type { LostFile } from './file-loss.js';
import type { StateFolder } from './state-dir.js';
import type { StateDisk } from './state-disk.js';
import type { StateListener } from './state-trouble.js';

/** The lines of some records, each with its newline. */
export interface Batch {
  readonly text: string;
  /** Called once when the text is durable, before those who wait are told; never if it is refused. */
  kept?(): void;
}

/** What a file that was lost begins with. */
export interface Anew {
  readonly pieces: Iterable<string>;
  /** Called once when it has the name of the lost one. */
  begun?(): void;
}

export interface JournalParts<Entry> {
  readonly disk: StateDisk;
  readonly dir: StateFolder;
  readonly path: string;
  readonly clock: Clock;
  readonly listener: StateListener;
  /**
   * Asked when the disk is free for these records, in the order of their appends. Of none: what shows
   * whether the disk takes again what it refused; nothing where it refused nothing.
   */
  encode(entries: readonly Entry[]): Batch;
  /** Asked where the file is lost. */
  anew(lost: LostFile): Anew;
  /** Told before those who wait are. */
  refused?(entries: readonly Entry[]): void;
  /** Records that may wait for the disk. */
  readonly maxPending?: number;
  /**
   * Whether the file is compared with its name only by `check`, before it is cut or replaced: for whom
   * a look at each batch costs too much, and who can begin the file anew without a loss.
   */
  readonly isLookedAtSeldom?: boolean;
}

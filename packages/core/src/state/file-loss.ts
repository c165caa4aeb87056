/**
 * Whether a file that is held open is still what its name stands for, and as it was left: somebody may
 * have rotated, removed, cut or written to it, and an append to the open file would not show it. What
 * is done about it is left to `journal.ts`.
 */
import { keepAs } from './file-pieces.js';
import type { FileMark, StateDisk, StateFile } from './state-disk.js';

/** A file that is not what was left there. */
export interface FileLoss {
  readonly why: string;
  /** What stands in its place. */
  readonly found: FileMark | undefined;
}

/** What began anew in the place of a lost file is told. */
export interface LostFile {
  readonly why: string;
  /** The path under which what stood there is kept; null where nothing did. */
  readonly setAside: string | null;
}

/** `soundBytes` of it are known durable; more than that is nobody else's only where it is `isSound`. */
export async function lossOf(
  disk: StateDisk,
  name: string,
  file: StateFile,
  { soundBytes, isSound }: { readonly soundBytes: number; readonly isSound: boolean },
): Promise<FileLoss | undefined> {
  const found = await disk.look(name);
  if (found === undefined) return { why: 'it was removed or renamed', found };
  if (found.id !== file.id) return { why: 'another file stands in its place', found };
  const { sizeBytes } = found;
  if (sizeBytes < soundBytes) {
    return { why: `it was cut from ${soundBytes} to ${sizeBytes} bytes`, found };
  }
  if (isSound && sizeBytes > soundBytes) {
    return { why: `somebody else wrote ${sizeBytes - soundBytes} bytes to it`, found };
  }
  return undefined;
}

/** Keeps what stands in the place of a lost file: once, however often it is tried. */
export class AsideKeeper {
  #last: { readonly id: string; readonly kept: string } | undefined;

  async keep(
    disk: StateDisk,
    name: string,
    { why, found }: FileLoss,
    epochMs: number,
  ): Promise<LostFile> {
    if (found === undefined || found.sizeBytes === 0) return { why, setAside: null };
    if (this.#last?.id !== found.id) {
      const kept = await keepAs(disk, name, name, 'damaged', epochMs);
      this.#last = { id: found.id, kept };
    }
    return { why, setAside: this.#last.kept };
  }

  /** What stood there has been replaced: another file may get its id. */
  done(): void {
    this.#last = undefined;
  }
}

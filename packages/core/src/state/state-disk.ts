/**
 * PORT: what durable state needs of a file system. `node-state-disk.ts` is the real one. The metrics
 * port is another: metrics are rotated and never synced, state is synced, cut, linked and read back.
 */

export interface StateFile {
  /** The same as long as it is open, and no other file's meanwhile. */
  readonly id: string;
  /** At this moment. */
  sizeBytes(): Promise<number>;
  /** The bytes from `atBytes` on, at most `lengthBytes`; none behind the end. */
  read(atBytes: number, lengthBytes: number): Promise<Uint8Array>;
  /** Resolves with how many bytes reached the end of the file, which may be fewer than all. */
  append(bytes: Uint8Array): Promise<number>;
  /** Resolves when what was appended survives a loss of power. */
  sync(): Promise<void>;
  truncate(sizeBytes: number): Promise<void>;
  close(): Promise<void>;
}

/** What has a name on the disk. */
export interface FileMark {
  readonly id: string;
  readonly sizeBytes: number;
}

export interface StateDisk {
  /** Opens for reading and appending, readable for its owner alone, and makes what does not exist. */
  open(path: string): Promise<StateFile>;
  /** What has this name now, a link for itself; undefined where nothing has. */
  look(path: string): Promise<FileMark | undefined>;
  /** Gives a file a second name. Rejects with EEXIST where the name is taken. */
  link(from: string, to: string): Promise<void>;
  /** Replaces what stands at `to`. */
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Resolves when the names in a folder survive a loss of power. */
  syncFolder(path: string): Promise<void>;
}

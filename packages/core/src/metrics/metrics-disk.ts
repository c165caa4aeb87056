/** PORT: what the metrics writer needs of a file system. `node-disk.ts` is the real one. */

export interface MetricsFile {
  /** Tells this file from any other, whatever name it has by now. */
  readonly identity: string;
  /** When it was opened. */
  readonly sizeBytes: number;
  /** Whether its last line has no end: its writer was killed, or the disk was full. */
  readonly isTorn: boolean;
  /** Resolves with how many bytes reached the end of the file, which may be fewer than all. */
  append(bytes: Uint8Array): Promise<number>;
  close(): Promise<void>;
}

export interface MetricsDisk {
  /** The one spelling of a path, however its folder is reached. */
  canonical(path: string): Promise<string>;
  /** Opens for appending, and makes what does not exist. */
  open(path: string): Promise<MetricsFile>;
  /** Of what stands at `path`; undefined where nothing does. */
  identityOf(path: string): Promise<string | undefined>;
  /** Replaces what stands at `to`. */
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
}

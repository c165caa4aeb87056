/** A disk in memory that fails, waits or writes short where a test says so. */
import type { FileMark, StateDisk, StateFile } from '../../src/state/state-disk.js';

export type StateOperation =
  | 'open'
  | 'read'
  | 'size'
  | 'append'
  | 'sync'
  | 'truncate'
  | 'close'
  | 'link'
  | 'rename'
  | 'remove'
  | 'syncFolder';

export function diskError(code: string): Error {
  return Object.assign(new Error(`${code}: as the test says`), { code });
}

interface Content {
  readonly id: string;
  bytes: Buffer;
}

export class FakeStateDisk implements StateDisk {
  readonly files = new Map<string, Content>();
  #made = 0;
  /** What each operation was asked for, in order; reads are left out. */
  readonly operations: string[] = [];

  /**
   * Asked before each operation: it throws to fail it, answers a promise to delay it, and for an
   * append a number to write only so many bytes.
   */
  before: (operation: StateOperation, path: string) => unknown = () => undefined;

  put(path: string, bytes: string | Uint8Array): void {
    this.#made += 1;
    const id = `file ${this.#made}`;
    this.files.set(path, { id, bytes: Buffer.from(bytes as Uint8Array) });
  }

  text(path: string): string {
    return this.files.get(path)?.bytes.toString() ?? '';
  }

  names(part: string): string[] {
    return [...this.files.keys()].filter((name) => name.includes(part));
  }

  count(operation: StateOperation): number {
    return this.operations.filter((line) => line.startsWith(`${operation} `)).length;
  }

  /** The first words of the operations that change names and bytes, in order. */
  steps(): string[] {
    return this.operations
      .map((line) => line.split(' ')[0]!)
      .filter((word) => !['open', 'size', 'close'].includes(word));
  }

  async open(path: string): Promise<StateFile> {
    await this.#asked('open', path);
    if (!this.files.has(path)) this.put(path, '');
    const content = this.files.get(path)!;
    return {
      id: content.id,
      sizeBytes: async () => {
        await this.#asked('size', path);
        return content.bytes.length;
      },
      read: async (atBytes, lengthBytes) => {
        await this.before('read', path);
        return content.bytes.subarray(atBytes, atBytes + lengthBytes);
      },
      append: async (bytes) => {
        const most = await this.#asked('append', path);
        const taken = typeof most === 'number' ? bytes.subarray(0, most) : bytes;
        content.bytes = Buffer.concat([content.bytes, taken]);
        return taken.length;
      },
      sync: async () => void (await this.#asked('sync', path)),
      truncate: async (sizeBytes) => {
        await this.#asked('truncate', path);
        content.bytes = content.bytes.subarray(0, sizeBytes);
      },
      close: async () => void (await this.#asked('close', path)),
    };
  }

  /** Never fails, and is no operation that a test counts. */
  async look(path: string): Promise<FileMark | undefined> {
    const content = this.files.get(path);
    return content === undefined ? undefined : { id: content.id, sizeBytes: content.bytes.length };
  }

  async link(from: string, to: string): Promise<void> {
    await this.#asked('link', `${from} → ${to}`);
    if (this.files.has(to)) throw diskError('EEXIST');
    this.files.set(to, this.#existing(from));
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#asked('rename', `${from} → ${to}`);
    this.files.set(to, this.#existing(from));
    this.files.delete(from);
  }

  async remove(path: string): Promise<void> {
    await this.#asked('remove', path);
    this.#existing(path);
    this.files.delete(path);
  }

  async syncFolder(path: string): Promise<void> {
    await this.#asked('syncFolder', path);
  }

  #existing(path: string): Content {
    const content = this.files.get(path);
    if (content === undefined) throw diskError('ENOENT');
    return content;
  }

  async #asked(operation: StateOperation, path: string): Promise<unknown> {
    this.operations.push(`${operation} ${path}`);
    return this.before(operation, path);
  }
}

/** A disk in memory that is slow or fails where a test says so. */
import type { MetricsDisk, MetricsFile } from '../../src/metrics/metrics-disk.js';

export type Operation =
  | 'canonical'
  | 'open'
  | 'append'
  | 'close'
  | 'identity'
  | 'rename'
  | 'remove';

export function diskError(code: string): Error {
  return Object.assign(new Error(`${code}: as the test says`), { code });
}

class FakeFile {
  readonly identity: string;
  bytes = Buffer.alloc(0);

  constructor(identity: string) {
    this.identity = identity;
  }
}

export class FakeDisk implements MetricsDisk {
  readonly files = new Map<string, FakeFile>();
  /** What each operation was asked for, in order. */
  readonly operations: string[] = [];
  openCount = 0;
  #madeCount = 0;

  /**
   * Asked before each operation: it throws to fail it, answers a promise to delay it, and for an
   * append a number to write only so many bytes.
   */
  before: (operation: Operation, path: string) => unknown = () => undefined;

  put(path: string, text: string): void {
    const file = new FakeFile(`fake:${(this.#madeCount += 1)}`);
    file.bytes = Buffer.from(text);
    this.files.set(path, file);
  }

  text(path: string): string {
    return this.files.get(path)?.bytes.toString() ?? '';
  }

  async canonical(path: string): Promise<string> {
    await this.#asked('canonical', path);
    return path;
  }

  async open(path: string): Promise<MetricsFile> {
    await this.#asked('open', path);
    if (!this.files.has(path)) this.put(path, '');
    const file = this.files.get(path)!;
    this.openCount += 1;
    return {
      identity: file.identity,
      sizeBytes: file.bytes.length,
      isTorn: file.bytes.length > 0 && file.bytes.at(-1) !== 0x0a,
      append: async (bytes) => {
        const most = await this.#asked('append', path);
        const taken = typeof most === 'number' ? bytes.subarray(0, most) : bytes;
        file.bytes = Buffer.concat([file.bytes, taken]);
        return taken.length;
      },
      close: async () => {
        this.openCount -= 1;
        await this.#asked('close', path);
      },
    };
  }

  async identityOf(path: string): Promise<string | undefined> {
    await this.#asked('identity', path);
    return this.files.get(path)?.identity;
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#asked('rename', `${from} → ${to}`);
    const file = this.files.get(from);
    if (file === undefined) throw diskError('ENOENT');
    this.files.delete(from);
    this.files.set(to, file);
  }

  async remove(path: string): Promise<void> {
    await this.#asked('remove', path);
    if (!this.files.delete(path)) throw diskError('ENOENT');
  }

  async #asked(operation: Operation, path: string): Promise<unknown> {
    this.operations.push(`${operation} ${path}`);
    return this.before(operation, path);
  }
}

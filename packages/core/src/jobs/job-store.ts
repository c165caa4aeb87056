/**
 * PORT: where jobs are kept, one document each. On the disk it is a keyed store; without a state
 * directory it is memory, and says so.
 */
import { KeyedStore, type KeyedStoreParts } from '../state/keyed-store.js';
import type { StateFolder } from '../state/state-dir.js';
import { JobDocument } from './job.js';

export interface JobStore {
  readonly isDurable: boolean;
  /** Of all documents that are kept. */
  readonly storedBytes: number;
  /** Whether the disk takes what is written; always, where nothing is. */
  readonly isSound: boolean;
  /** Whether some documents may be older than what was acknowledged. */
  readonly wasDamaged: boolean;
  /** What was kept before this process, and the ids of what cannot be read. */
  recovered(): { readonly jobs: readonly JobDocument[]; readonly unreadable: readonly string[] };
  /**
   * Resolves when it is kept, with what is.
   * @throws TENANTRY_STATE_FAILED
   */
  put(job: JobDocument): Promise<JobDocument>;
  /** @throws TENANTRY_STATE_FAILED */
  remove(id: string): Promise<void>;
}

/** What a document has beside payload and result, at most: twenty attempts with their errors. */
const MOST_STORY_BYTES = 524_288;

export class DurableJobStore implements JobStore {
  readonly isDurable = true;
  readonly #store: KeyedStore;
  readonly #isSound: () => boolean;

  private constructor(store: KeyedStore, isSound: () => boolean) {
    this.#store = store;
    this.#isSound = isSound;
  }

  /** `jobs.jsonl` of a state directory. @throws TENANTRY_STATE_FAILED */
  static async open(
    dir: StateFolder,
    parts: Omit<KeyedStoreParts, 'listener' | 'maxValueBytes'>,
    maxPayloadBytes: number,
  ): Promise<DurableJobStore> {
    let isSound = true;
    const listener = {
      troubled: () => void (isSound = false),
      recovered: () => void (isSound = true),
      damaged: () => {},
    };
    const maxValueBytes = 2 * maxPayloadBytes + MOST_STORY_BYTES;
    const store = await KeyedStore.open(dir, 'jobs', {
      ...parts,
      listener,
      maxValueBytes,
      isLookedAtSeldom: true,
    });
    return new DurableJobStore(store, () => isSound);
  }

  get isSound(): boolean {
    return this.#isSound();
  }

  /** Called once a second: looks after the file, as `Journal.check` does. Never rejects. */
  check(): Promise<void> {
    return this.#store.check();
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  get storedBytes(): number {
    return this.#store.liveBytes;
  }

  get wasDamaged(): boolean {
    return this.#store.wasDamaged;
  }

  recovered(): { readonly jobs: readonly JobDocument[]; readonly unreadable: readonly string[] } {
    const jobs: JobDocument[] = [];
    const unreadable: string[] = [];
    for (const [key, value] of this.#store.entries()) {
      const parsed = JobDocument.safeParse(value);
      if (parsed.success && parsed.data.id === key) jobs.push(value as JobDocument);
      else unreadable.push(key);
    }
    return { jobs, unreadable };
  }

  async put(job: JobDocument): Promise<JobDocument> {
    await this.#store.put(job.id, job);
    // The store's own copy, so that there is one of each in memory.
    return this.#store.get(job.id) as JobDocument;
  }

  remove(id: string): Promise<void> {
    return this.#store.delete(id);
  }
}

export class MemoryJobStore implements JobStore {
  readonly isDurable = false;
  readonly isSound = true;
  readonly wasDamaged = false;
  readonly #bytes = new Map<string, number>();
  storedBytes = 0;

  recovered(): { readonly jobs: readonly JobDocument[]; readonly unreadable: readonly string[] } {
    return { jobs: [], unreadable: [] };
  }

  async put(job: JobDocument): Promise<JobDocument> {
    await this.remove(job.id);
    const bytes = Buffer.byteLength(JSON.stringify(job));
    this.#bytes.set(job.id, bytes);
    this.storedBytes += bytes;
    return job;
  }

  async remove(id: string): Promise<void> {
    this.storedBytes -= this.#bytes.get(id) ?? 0;
    this.#bytes.delete(id);
  }
}

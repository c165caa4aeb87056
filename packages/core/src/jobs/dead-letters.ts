/** What can be done with jobs that have failed for good: looked at, tried again, dropped. */
import { TenantryError } from '../errors/errors.js';
import type { JobBook } from './job-book.js';
import type { JobDesk } from './job-desk.js';
import type { JobEntry } from './job-entry.js';

/** As tables show it. */
const SHORTEST_PREFIX = 8;

export interface DeadLetterFilter {
  readonly tenant?: string | undefined;
  readonly agent?: string | undefined;
}

export class DeadLetters {
  readonly #book: JobBook;
  readonly #desk: JobDesk;

  constructor(book: JobBook, desk: JobDesk) {
    this.#book = book;
    this.#desk = desk;
  }

  /** Newest first. */
  matching({ tenant, agent }: DeadLetterFilter): JobEntry[] {
    return [...this.#book.deadLetters.all(tenant)]
      .filter((job) => (agent === undefined || job.agent === agent) && isStillDead(job))
      .reverse();
  }

  /**
   * By its id, or by the first characters of one that no other has.
   * @throws TENANTRY_JOB_UNKNOWN, TENANTRY_JOB_NOT_DEAD
   */
  named(id: string): JobEntry {
    const job = this.#byPrefix(id) ?? this.#book.named(id);
    if (isStillDead(job)) return job;
    throw new TenantryError('TENANTRY_JOB_NOT_DEAD', `job ${job.id} is ${job.doc.state}`, {
      tenant: job.tenant,
      details: { job: job.id, state: job.doc.state },
    });
  }

  #byPrefix(id: string): JobEntry | undefined {
    if (id.length < SHORTEST_PREFIX) return undefined;
    const alike = [...this.#book.deadLetters.all()].filter((job) => job.id.startsWith(id));
    return alike.length === 1 ? alike[0] : undefined;
  }

  /**
   * Queues them again, each with all of its attempts; resolves when that is kept.
   * @throws TENANTRY_STATE_FAILED where the disk refuses one of them; those before it are queued
   */
  async retry(jobs: readonly JobEntry[]): Promise<void> {
    await Promise.all(jobs.filter(isStillDead).map((job) => this.#desk.revive(job)));
  }

  /** Resolves with how many are gone for good; the others are there again after a restart. */
  async drop(jobs: readonly JobEntry[]): Promise<number> {
    const gone = await Promise.all(jobs.filter(isStillDead).map((job) => this.#book.forget(job)));
    return gone.filter(Boolean).length;
  }
}

/** Somebody else may have tried it again since it was chosen. */
function isStillDead({ doc, hand }: JobEntry): boolean {
  return doc.state === 'dead_letter' && hand === undefined;
}

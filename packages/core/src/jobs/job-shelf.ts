/**
 * Jobs that are over, oldest first, and which of them are kept no longer: what is done for a while and
 * in a number, dead letters for longer, each tenant's in a number of its own.
 */
import type { JobOptions } from './job-options.js';

export interface Shelved {
  readonly id: string;
  readonly tenant: string;
  /** On the monotonic clock. */
  readonly settledMs: number;
}

export class JobShelf<T extends Shelved> {
  readonly #jobs = new Set<T>();
  readonly #perTenant = new Map<string, Set<T>>();

  get count(): number {
    return this.#jobs.size;
  }

  add(job: T): void {
    this.#jobs.add(job);
    const its = this.#perTenant.get(job.tenant) ?? new Set();
    its.add(job);
    this.#perTenant.set(job.tenant, its);
  }

  delete(job: T): void {
    this.#jobs.delete(job);
    const its = this.#perTenant.get(job.tenant);
    its?.delete(job);
    if (its?.size === 0) this.#perTenant.delete(job.tenant);
  }

  /** Oldest first. */
  all(tenant?: string): Iterable<T> {
    return tenant === undefined ? this.#jobs : (this.#perTenant.get(tenant) ?? []);
  }

  countOf(tenant: string): number {
    return this.#perTenant.get(tenant)?.size ?? 0;
  }

  get oldest(): T | undefined {
    for (const job of this.#jobs) return job;
    return undefined;
  }
}

/** What is kept no longer of those that are done; `isFull` while there is no room for what is new. */
export function* outdated<T extends Shelved>(
  shelf: JobShelf<T>,
  nowMs: number,
  { keepDoneMs, maxDone }: Pick<JobOptions, 'keepDoneMs' | 'maxDone'>,
): Generator<T> {
  let tooMany = shelf.count - maxDone;
  for (const job of shelf.all()) {
    if (tooMany <= 0 && nowMs - job.settledMs < keepDoneMs) return;
    tooMany -= 1;
    yield job;
  }
}

/** The dead letters that are dropped when one of `tenant` has been added. */
export function crowdedOut<T extends Shelved>(
  shelf: JobShelf<T>,
  tenant: string,
  options: Pick<JobOptions, 'maxDeadLetters' | 'maxDeadLettersPerTenant'>,
): T | undefined {
  if (shelf.countOf(tenant) > options.maxDeadLettersPerTenant) {
    for (const job of shelf.all(tenant)) return job;
  }
  return shelf.count > options.maxDeadLetters ? shelf.oldest : undefined;
}

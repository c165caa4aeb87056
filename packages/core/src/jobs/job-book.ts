/**
 * All jobs that are known, by id and key, with their number and their bytes bounded. A document is kept
 * first and taken for true afterwards. When anything runs is left to `job-desk.ts`.
 */
import { TenantryError, hasCode, shown } from '../errors/errors.js';
import type { Log } from '../log/log.js';
import { every, type Clock, type Timer } from '../time/clock.js';
import { delay } from '../time/deadline.js';
import { JobCounts } from './job-counts.js';
import { JobEntry } from './job-entry.js';
import type { JobOptions } from './job-options.js';
import { JobShelf, crowdedOut, outdated } from './job-shelf.js';
import { isSettled } from './job-state.js';
import type { JobStore } from './job-store.js';
import type { JobDocument, JobRecord } from './job.js';

export interface JobBookParts {
  readonly options: JobOptions;
  readonly clock: Clock;
  readonly log: Log;
  readonly store: JobStore;
}

const SWEEP_INTERVAL_MS = 60_000;
/** A disk that refuses is asked again after this. */
const ASK_AGAIN_MS = 1_000;
const FULL_RETRY_AFTER_MS = 1_000;

export class JobBook {
  readonly counts = new JobCounts();
  readonly done: JobShelf<JobEntry> = new JobShelf();
  readonly deadLetters: JobShelf<JobEntry> = new JobShelf();
  /** Since the process began; never goes back. */
  readonly totals = { submitted: 0, done: 0, deadLettersDropped: 0 };
  readonly #parts: JobBookParts;
  readonly #store: JobStore;
  readonly #jobs = new Map<string, JobEntry>();
  readonly #keys = new Map<string, JobEntry>();
  #sweeping: Timer | undefined;
  /** Of submissions that are not durable yet. */
  #pendingBytes = 0;
  readonly #pendingOf = new Map<string, number>();
  #isClosed = false;

  constructor(parts: JobBookParts) {
    this.#parts = parts;
    this.#store = parts.store;
  }

  get isDurable(): boolean {
    return this.#store.isDurable;
  }

  get isSound(): boolean {
    return this.#store.isSound;
  }

  get storedBytes(): number {
    return this.#store.storedBytes;
  }

  all(): Iterable<JobEntry> {
    return this.#jobs.values();
  }

  find(id: string): JobEntry | undefined {
    return this.#jobs.get(id);
  }

  /** @throws TENANTRY_JOB_UNKNOWN */
  named(id: string): JobEntry {
    const job = this.#jobs.get(id);
    if (job !== undefined) return job;
    throw new TenantryError('TENANTRY_JOB_UNKNOWN', `no job ${shown(id)} is kept`);
  }

  withKey(tenant: string, key: string | null): JobEntry | undefined {
    return key === null ? undefined : this.#keys.get(`${tenant}/${key}`);
  }

  recordOf(job: JobEntry): JobRecord {
    return job.record(this.#parts.clock.nowMs(), this.isDurable);
  }

  /** What an earlier process has left, oldest first. Called once. */
  recovered(): readonly JobEntry[] {
    const { clock, log } = this.#parts;
    const { jobs, unreadable } = this.#store.recovered();
    const [nowMs, epochMs] = [clock.nowMs(), clock.epochMs()];
    for (const id of unreadable) {
      const fields = { code: 'TENANTRY_STATE_DAMAGED', job: shown(id) };
      log.error(fields, '[jobs] a job cannot be read; it is left where it is, and not run');
    }
    if (this.#store.wasDamaged) {
      const fields = { code: 'TENANTRY_STATE_DAMAGED', jobs: jobs.length };
      log.error(
        fields,
        '[jobs] the file of jobs was damaged: what is run from it may have run before',
      );
    }
    const orderOf = ({ state, stateAtMs, submittedAtMs }: JobDocument): number =>
      isSettled(state) ? stateAtMs : submittedAtMs;
    const ordered = [...jobs].sort((one, other) => orderOf(one) - orderOf(other));
    for (const doc of ordered) {
      const job = new JobEntry(doc, nowMs);
      // A clock that was set back makes nothing wait longer than it was to.
      const agoMs = Math.max(0, epochMs - doc.submittedAtMs);
      job.waitsSinceMs = nowMs - agoMs;
      if (doc.deadlineMs !== null) job.startByMs = nowMs + Math.max(0, doc.deadlineMs - agoMs);
      job.isSuspect = this.#store.wasDamaged && !isSettled(doc.state);
      if (isSettled(doc.state)) job.settledMs = nowMs - Math.max(0, epochMs - doc.stateAtMs);
      this.#enter(job);
    }
    this.sweep();
    return [...this.#jobs.values()];
  }

  /** How long it still has to wait by its document. */
  delayLeftMs({ doc }: JobEntry): number {
    const agoMs = this.#parts.clock.epochMs() - doc.stateAtMs;
    return Math.min(doc.delayMs, Math.max(0, doc.delayMs - agoMs));
  }

  /** @throws TENANTRY_JOB_QUEUE_FULL, TENANTRY_JOB_STORE_FULL */
  refuseWhereFull(tenant: string, payloadBytes: number): void {
    const { maxQueuedPerTenant, maxStoredBytes } = this.#parts.options;
    const waiting = this.counts.waitingOf(tenant) + (this.#pendingOf.get(tenant) ?? 0);
    if (waiting >= maxQueuedPerTenant) {
      throw new TenantryError(
        'TENANTRY_JOB_QUEUE_FULL',
        `tenant "${tenant}" has ${waiting} jobs waiting, as many as may`,
        {
          tenant,
          retryAfterMs: FULL_RETRY_AFTER_MS,
          details: { waiting, limit: maxQueuedPerTenant },
        },
      );
    }
    const bytes = this.storedBytes + this.#pendingBytes + payloadBytes;
    if (bytes <= maxStoredBytes) return;
    // What is over makes room for what is to come, a tenth at a time.
    let wantedBytes = maxStoredBytes / 10;
    for (const job of this.done.all()) {
      if (wantedBytes <= 0) return;
      wantedBytes -= JSON.stringify(job.doc).length;
      void this.forget(job);
    }
    throw new TenantryError(
      'TENANTRY_JOB_STORE_FULL',
      `jobs hold ${this.storedBytes} bytes of at most ${maxStoredBytes}`,
      { tenant, retryAfterMs: FULL_RETRY_AFTER_MS, details: { limit: maxStoredBytes } },
    );
  }

  /**
   * Resolves when a new job is kept.
   * @throws TENANTRY_STATE_FAILED: then there is none
   */
  async accept(job: JobEntry, payloadBytes: number): Promise<void> {
    const { tenant, doc } = job;
    const key = keyOf(doc);
    if (key !== null) this.#keys.set(key, job);
    this.#pending(tenant, 1, payloadBytes);
    try {
      const kept = this.#store.put(doc);
      job.accepted = kept;
      job.doc = await kept;
    } catch (error) {
      if (key !== null) this.#keys.delete(key);
      throw error;
    } finally {
      this.#pending(tenant, -1, -payloadBytes);
    }
    this.totals.submitted += 1;
    this.#enter(job);
  }

  /** @throws TENANTRY_STATE_FAILED: then it is what it was */
  async keep(job: JobEntry, doc: JobDocument): Promise<void> {
    const kept = await this.#store.put(doc);
    this.#leave(job);
    job.doc = kept;
    if (isSettled(kept.state)) {
      job.settledMs = this.#parts.clock.nowMs();
      // Whoever is told of it may try it again at once.
      [job.hand, job.run] = [undefined, undefined];
    }
    if (kept.state === 'done') this.totals.done += 1;
    this.#enter(job);
    if (kept.state === 'dead_letter') this.#buried(job);
    else if (isSettled(kept.state)) this.sweep();
    if (isSettled(kept.state)) job.tellSettled();
  }

  /** The same, asked of the disk again and again while `goesOn`. */
  async keepSurely(job: JobEntry, doc: JobDocument, goesOn: () => boolean): Promise<void> {
    for (;;) {
      try {
        return await this.keep(job, doc);
      } catch (error) {
        if (!goesOn() || !hasCode(error, 'TENANTRY_STATE_FAILED')) throw error;
        await delay(this.#parts.clock, ASK_AGAIN_MS);
      }
    }
  }

  /** Resolves when it is durable that it is gone, or the disk has refused: then it is there after a restart. */
  async forget(job: JobEntry): Promise<boolean> {
    this.#leave(job);
    this.#jobs.delete(job.id);
    const key = keyOf(job.doc);
    if (key !== null && this.#keys.get(key) === job) this.#keys.delete(key);
    try {
      await this.#store.remove(job.id);
      return true;
    } catch {
      return false;
    }
  }

  /** Forgets what is kept no longer. */
  sweep(): void {
    const { options, clock } = this.#parts;
    const nowMs = clock.nowMs();
    for (const job of outdated(this.done, nowMs, options)) void this.forget(job);
    let dropped = 0;
    for (const job of this.deadLetters.all()) {
      if (nowMs - job.settledMs < options.keepDeadLettersMs) break;
      void this.forget(job);
      dropped += 1;
    }
    this.#tellDropped(dropped, 'they are older than keepDeadLettersMs', null);
  }

  close(): void {
    this.#sweeping?.cancel();
    this.#isClosed = true;
  }

  #buried(job: JobEntry): void {
    const { id, tenant, agent, doc } = job;
    const last = doc.attempts.at(-1);
    this.#parts.log.error(
      {
        kind: 'job.dead-letter',
        job: id,
        tenant,
        agent,
        attempts: doc.attemptCount,
        reason: last?.reason ?? null,
        code: last?.error?.code ?? null,
      },
      '[jobs] a job has failed for good: see tenantry deadletters',
    );
    const crowded = crowdedOut(this.deadLetters, tenant, this.#parts.options);
    if (crowded === undefined) return;
    void this.forget(crowded);
    this.#tellDropped(1, 'there are more than may be kept', crowded.tenant);
  }

  /** A dead letter is never lost in silence. */
  #tellDropped(count: number, why: string, tenant: string | null): void {
    if (count === 0) return;
    this.totals.deadLettersDropped += count;
    this.#parts.log.error(
      { kind: 'job.dead-letters-dropped', count, why, tenant },
      '[jobs] dead letters were dropped',
    );
  }

  #pending(tenant: string, jobs: number, bytes: number): void {
    this.#pendingBytes += bytes;
    const left = (this.#pendingOf.get(tenant) ?? 0) + jobs;
    if (left > 0) this.#pendingOf.set(tenant, left);
    else this.#pendingOf.delete(tenant);
  }

  #enter(job: JobEntry): void {
    if (!this.#isClosed) {
      this.#sweeping ??= every(this.#parts.clock, SWEEP_INTERVAL_MS, () => this.sweep());
    }
    this.#jobs.set(job.id, job);
    this.counts.add(job);
    this.#shelfOf(job)?.add(job);
    const key = keyOf(job.doc);
    if (key !== null) this.#keys.set(key, job);
  }

  #leave(job: JobEntry): void {
    this.counts.remove(job);
    this.#shelfOf(job)?.delete(job);
  }

  #shelfOf({ doc }: JobEntry): JobShelf<JobEntry> | undefined {
    if (doc.state === 'dead_letter') return this.deadLetters;
    return isSettled(doc.state) ? this.done : undefined;
  }
}

function keyOf({ tenant, idempotencyKey }: JobDocument): string | null {
  return idempotencyKey === null ? null : `${tenant}/${idempotencyKey}`;
}

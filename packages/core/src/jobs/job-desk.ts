/**
 * Where jobs are submitted, started, retried and settled. Every step of a job is kept before it is
 * told: it is acknowledged when it is on the disk, its agent is entered when that is on the disk, and it
 * is done when its result is. What follows what is left to `verdict.ts` and `next-step.ts`, who is next
 * to `job-lines.ts`, what to do with dead letters to `dead-letters.ts`.
 */
import type { z } from 'zod';
import { TenantryError, codeOf } from '../errors/errors.js';
import type { Log } from '../log/log.js';
import type { Clock } from '../time/clock.js';
import { backOffMs } from './back-off.js';
import { DueQueue } from './due-queue.js';
import type { JobBook } from './job-book.js';
import { JobEntry } from './job-entry.js';
import type { JobExecutor } from './job-executor.js';
import { JobLines } from './job-lines.js';
import type { JobOptions } from './job-options.js';
import { parseJobRequest } from './job-request.js';
import { isSettled } from './job-state.js';
import type { JobDocument, JobRecord } from './job.js';
import * as next from './next-step.js';
import { documentOf, refuseOtherUse, settledError } from './submission.js';
import { afterEnd, afterRefusal } from './verdict.js';

export interface JobDeskParts {
  readonly options: JobOptions;
  readonly clock: Clock;
  readonly log: Log;
  /** 0 to 1, for the jitter of retries. */
  readonly random: () => number;
  readonly book: JobBook;
  readonly executor: JobExecutor;
  readonly invalid: (what: string, error: z.ZodError) => TenantryError;
}

/** Soon enough for whoever waits for room. */
const QUEUE_RETRY_AFTER_MS = 1_000;

/** Wakes the desk, for a job that is due or for a line that is held no longer. */
type Due = JobEntry | 'wake';

export class JobDesk {
  readonly #parts: JobDeskParts;
  readonly #book: JobBook;
  readonly #lines = new JobLines<JobEntry>();
  readonly #due: DueQueue<Due>;
  readonly #takenOf = new Map<string, number>();
  readonly #inHand = new Set<Promise<void>>();
  #isOpen = false;

  constructor(parts: JobDeskParts) {
    this.#parts = parts;
    this.#book = parts.book;
    this.#due = new DueQueue(parts.clock, (due) => this.#fellDue(due));
  }

  /** Takes up what an earlier process has left, and starts what may be started. */
  begin(): void {
    this.#isOpen = true;
    for (const job of this.#book.recovered()) {
      if (job.doc.state === 'running') this.#takeUpInterrupted(job);
      else if (!isSettled(job.doc.state)) this.#line(job);
    }
    this.#pump();
  }

  /** Starts nothing more; what runs goes on. */
  halt(): void {
    this.#isOpen = false;
  }

  /** Resolves when what ran is kept as ended, or the disk has refused it. The sessions are ended first. */
  async close(): Promise<void> {
    this.halt();
    this.#due.close();
    this.#book.close();
    while (this.#inHand.size > 0) await Promise.all(this.#inHand);
  }

  /**
   * Resolves when the job is kept: from then on it runs, or becomes a dead letter, whatever happens to
   * this process.
   * @throws TENANTRY_JOB_*, and what `JobExecutor.check` throws
   */
  async submit(request: unknown): Promise<JobRecord> {
    const { options, clock, executor } = this.#parts;
    const asked = parseJobRequest(request, options, this.#parts.invalid);
    const { tenant, agent } = executor.check(asked);
    if (!this.#isOpen) {
      throw new TenantryError('TENANTRY_POOL_DRAINING', 'the pool takes no more jobs', {
        retryAfterMs: QUEUE_RETRY_AFTER_MS,
      });
    }
    const known = this.#book.withKey(tenant, asked.idempotencyKey);
    if (known !== undefined) {
      refuseOtherUse(known, agent, asked);
      await known.accepted;
      return this.#book.recordOf(known);
    }
    this.#book.refuseWhereFull(tenant, asked.payloadBytes);
    const job = new JobEntry(documentOf(asked, tenant, agent, clock.epochMs()), clock.nowMs());
    await this.#book.accept(job, asked.payloadBytes);
    this.#line(job);
    this.#pump();
    return this.#book.recordOf(job);
  }

  /**
   * Ends a job that is not over; resolves when that is kept. One that runs is ended like a session.
   * @throws TENANTRY_JOB_UNKNOWN, TENANTRY_JOB_SETTLED, TENANTRY_STATE_FAILED
   */
  async cancel(id: string): Promise<JobRecord> {
    const job = this.#book.named(id);
    if (isSettled(job.doc.state)) throw settledError(job);
    job.isCancelled = true;
    if (job.hand !== undefined) {
      job.run?.cancel('its job was cancelled');
      await job.whenSettled();
    } else {
      await this.#cancelWaiting(job);
    }
    return this.#book.recordOf(job);
  }

  /** Resolves when the job is done, cancelled or a dead letter. @throws TENANTRY_JOB_UNKNOWN */
  async settled(id: string): Promise<JobRecord> {
    const job = this.#book.named(id);
    if (!isSettled(job.doc.state)) await job.whenSettled();
    return this.#book.recordOf(job);
  }

  /** A dead letter has all of its attempts before it again. @throws TENANTRY_STATE_FAILED */
  async revive(job: JobEntry): Promise<void> {
    const { clock } = this.#parts;
    await this.#byHand(job, next.revived(job.doc, clock.epochMs()));
    job.startByMs = null;
    job.isCancelled = false;
    job.heldBy = null;
    job.waitsSinceMs = clock.nowMs();
    this.#line(job);
    this.#pump();
  }

  /** The first of each line: of them, the one that waits longest has waited longest of all. */
  firsts(): Iterable<JobEntry> {
    return this.#lines.firsts();
  }

  /** @throws TENANTRY_STATE_FAILED: then it is where it was */
  async #cancelWaiting(job: JobEntry): Promise<void> {
    this.#lines.leave(job);
    try {
      await this.#byHand(job, next.cancelled(job.doc, this.#parts.clock.epochMs()));
    } finally {
      if (!isSettled(job.doc.state)) {
        job.isCancelled = false;
        this.#line(job);
      }
    }
  }

  async #byHand(job: JobEntry, doc: JobDocument): Promise<void> {
    job.hand = doc;
    try {
      await this.#book.keep(job, doc);
    } finally {
      job.hand = undefined;
    }
  }

  #takeUpInterrupted(job: JobEntry): void {
    const { clock, random, log } = this.#parts;
    const { retry, countedAttempts, attemptCount } = job.doc;
    const delayMs = backOffMs(retry, countedAttempts, random);
    const { id, tenant, agent } = job;
    log.warn(
      { kind: 'job.interrupted', job: id, tenant, agent, attempt: attemptCount },
      '[jobs] a job ran when its process ended; it may have done some of its work',
    );
    const doc = next.interrupted(job.doc, delayMs, clock.epochMs());
    this.#work(async () => {
      await this.#keep(job, doc);
      if (job.doc.state === 'retrying') this.#line(job);
    });
  }

  /** Into its line, or where it waits until it may stand there. */
  #line(job: JobEntry): void {
    const nowMs = this.#parts.clock.nowMs();
    job.readyAtMs = nowMs + this.#book.delayLeftMs(job);
    if (job.readyAtMs > nowMs) this.#due.add(job.readyAtMs, job);
    else this.#lines.join(job);
  }

  #fellDue(due: Due): void {
    // It may have been cancelled meanwhile.
    if (due !== 'wake' && due.hand === undefined && !isSettled(due.doc.state))
      this.#lines.join(due);
    this.#pump();
  }

  #pump(): void {
    const { options, clock } = this.#parts;
    const mayRun = (tenant: string): boolean =>
      (this.#takenOf.get(tenant) ?? 0) < options.maxRunningPerTenant;
    while (this.#isOpen && this.#inHand.size < options.maxRunning) {
      const job = this.#lines.take(clock.nowMs(), mayRun);
      if (job === undefined) return;
      const hand = {};
      job.hand = hand;
      this.#takenOf.set(job.tenant, (this.#takenOf.get(job.tenant) ?? 0) + 1);
      this.#work(async () => {
        try {
          await this.#run(job);
        } finally {
          // One that is over may be in another hand by now.
          if (job.hand === hand) [job.hand, job.run] = [undefined, undefined];
          const left = this.#takenOf.get(job.tenant)! - 1;
          if (left > 0) this.#takenOf.set(job.tenant, left);
          else this.#takenOf.delete(job.tenant);
        }
        if (job.doc.state === 'retrying') this.#line(job);
        // Asked for between two tries.
        if (job.isCancelled && !isSettled(job.doc.state)) await this.#cancelWaiting(job);
      });
    }
  }

  /** What is in hand is waited for by `close`, and makes room when it is over. */
  #work(run: () => Promise<void>): void {
    const work = run()
      .catch((error: unknown) => {
        this.#parts.log.error(
          { code: codeOf(error), reason: String(error) },
          '[jobs] a job is lost',
        );
      })
      .finally(() => {
        this.#inHand.delete(work);
        this.#pump();
      });
    this.#inHand.add(work);
  }

  async #run(job: JobEntry): Promise<void> {
    const { clock, executor } = this.#parts;
    if (job.startByMs !== null && clock.nowMs() > job.startByMs) {
      return this.#keep(job, next.tooLate(job.doc, clock.epochMs()));
    }
    const { id, doc } = job;
    let run;
    try {
      run = await executor.open({
        tenant: job.tenant,
        agent: job.agent,
        input: doc.input,
        metadata: doc.metadata,
        job: { id, attempt: doc.attemptCount + 1, interrupted: job.isInterrupted },
        entering: () => this.#book.keep(job, next.started(job.doc, clock.epochMs())),
      });
    } catch (error) {
      return this.#refused(job, error);
    }
    job.run = run;
    job.heldBy = null;
    job.isSuspect = false;
    if (job.isCancelled) run.cancel('its job was cancelled');
    return this.#ended(job, await run.done);
  }

  async #ended(job: JobEntry, end: next.JobEnd): Promise<void> {
    const { clock, options } = this.#parts;
    const epochMs = clock.epochMs();
    switch (afterEnd(end.reason)) {
      case 'done':
        this.#book.counts.succeeded(job.agent);
        return this.#keep(job, next.completed(job.doc, end, options.maxPayloadBytes, epochMs));
      case 'cancelled':
        return this.#keep(job, next.cancelledInRun(job.doc, end, epochMs));
      case 'put-back':
        await this.#keep(job, next.putBack(job.doc, end, epochMs));
        return this.#line(job);
      default:
        this.#book.counts.failed(job.agent, codeOf(end.error) ?? null);
        return this.#keep(job, next.failed(job.doc, end, this.#backOff(job), epochMs));
    }
  }

  async #refused(job: JobEntry, error: unknown): Promise<void> {
    const { clock } = this.#parts;
    const epochMs = clock.epochMs();
    const isEntered = job.doc.state === 'running';
    if (job.isCancelled) {
      const doc = isEntered ? next.putBack(job.doc, null, epochMs) : job.doc;
      return this.#keep(job, next.cancelled(doc, epochMs));
    }
    const verdict = afterRefusal(error);
    job.heldBy = codeOf(error) ?? null;
    if (verdict.kind === 'dead-letter') {
      return this.#keep(job, next.buried(job.doc, 'refused', error, epochMs));
    }
    if (verdict.kind === 'failed') {
      this.#book.counts.failed(job.agent, job.heldBy);
      const doc = isEntered ? job.doc : next.started(job.doc, epochMs);
      return this.#keep(job, next.refusedInRun(doc, error, this.#backOff(job), epochMs));
    }
    if (isEntered) await this.#keep(job, next.putBack(job.doc, null, epochMs));
    this.#lines.putBack(job);
    if (verdict.kind === 'halt') return this.halt();
    const untilMs = clock.nowMs() + verdict.forMs;
    this.#lines.hold(verdict.holds, job, untilMs);
    this.#due.add(untilMs, 'wake');
  }

  /** A disk that refuses is asked again until it takes it: what has happened is not made undone. */
  #keep(job: JobEntry, doc: JobDocument): Promise<void> {
    return this.#book.keepSurely(job, doc, () => this.#isOpen);
  }

  #backOff({ doc }: JobEntry): number {
    return backOffMs(doc.retry, Math.max(1, doc.countedAttempts), this.#parts.random);
  }
}

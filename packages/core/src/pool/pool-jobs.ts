/**
 * Jobs as a consumer has them: submitted, looked at, cancelled; and dead letters as a person has them.
 * What happens to them is told in the folder `jobs`.
 */
import { TenantryError } from '../errors/errors.js';
import { DeadLetters } from '../jobs/dead-letters.js';
import { JobBook } from '../jobs/job-book.js';
import { JobDesk } from '../jobs/job-desk.js';
import type { JobEntry } from '../jobs/job-entry.js';
import { jobFigures } from '../jobs/job-figures.js';
import type { JobRequest } from '../jobs/job-request.js';
import type { JobState } from '../jobs/job-state.js';
import { MemoryJobStore, type JobStore } from '../jobs/job-store.js';
import { summaryOf, type JobRecord, type JobSummary } from '../jobs/job.js';
import type { ControlReply } from '../inspector/control.js';
import type { JobFigures } from '../snapshot/job-figures.js';
import type { DeadLetterAct, DeadLetterQuestion } from '../inspector/dead-letter-request.js';
import { BY_CODE, type Asking } from './asking.js';
import type { AuditTrail } from './audit-trail.js';
import { dropDeadLetters, retryDeadLetters, type DeadLetterChoice } from './dead-letter-acts.js';
import { jobRunner } from './job-runner.js';
import type { OpeningParts } from './opening.js';
import { invalid } from './pool-options.js';
import type { PoolParts } from './pool-parts.js';

export interface JobFilter {
  readonly tenant?: string | undefined;
  readonly agent?: string | undefined;
  readonly state?: JobState | undefined;
  /** Most that are answered; 100 by default. */
  readonly limit?: number | undefined;
}

export interface PoolDeadLetters {
  /** Newest first. */
  list(filter?: Omit<JobFilter, 'state'>): JobSummary[];
  /** Whole, with payload and every kept error exactly as they were; undefined where it is none. */
  get(id: string): JobRecord | undefined;
  /**
   * Queues one, or all of a tenant or of the pool, again with all of their attempts. Audited.
   * @throws (as a rejection, as `drop`) TENANTRY_JOB_UNKNOWN, TENANTRY_JOB_NOT_DEAD,
   *   TENANTRY_STATE_FAILED, TENANTRY_POOL_NOT_STARTED
   */
  retry(choice: DeadLetterChoice): Promise<ControlReply>;
  /** Forgets one, or all of a tenant or of the pool, for good. Audited. */
  drop(choice: DeadLetterChoice): Promise<ControlReply>;
}

/** What jobs need of the pool around them; both throw while it does not run. */
export interface JobsPool {
  opening(): OpeningParts;
  trail(): AuditTrail;
}

interface Running {
  readonly book: JobBook;
  readonly desk: JobDesk;
  readonly deadLetters: DeadLetters;
}

const USUAL_LIMIT = 100;

export class PoolJobs {
  readonly #parts: PoolParts;
  readonly #pool: JobsPool;
  #running: Running | undefined;

  constructor(parts: PoolParts, pool: JobsPool) {
    this.#parts = parts;
    this.#pool = pool;
  }

  /**
   * Resolves when the job is durable. From then on it runs to its end, also after this process has been
   * killed, or becomes a dead letter; a run that was cut off is said to its next one.
   * @throws (as a rejection) TENANTRY_JOBS_NOT_DURABLE, TENANTRY_JOB_NOT_JSON, TENANTRY_JOB_TOO_LARGE,
   *   TENANTRY_JOB_QUEUE_FULL, TENANTRY_JOB_STORE_FULL, TENANTRY_JOB_KEY_REUSED,
   *   TENANTRY_TENANT_ID_INVALID, TENANTRY_AGENT_UNKNOWN, TENANTRY_INPUT_INVALID,
   *   TENANTRY_POOL_DRAINING, TENANTRY_STATE_FAILED, TENANTRY_OPTIONS_INVALID and the others that
   *   docs/errors.md lists. One that was refused by the disk may still run after a crash: give an
   *   `idempotencyKey` where it is submitted again.
   */
  async submit(request: JobRequest): Promise<JobRecord> {
    return this.#needed().desk.submit(request);
  }

  /** As it is now; undefined where no such job is kept. */
  get(id: string): JobRecord | undefined {
    const job = this.#running?.book.find(id);
    return job === undefined ? undefined : this.#running!.book.recordOf(job);
  }

  /** Newest first, without what was submitted and returned. */
  list(filter: JobFilter = {}): JobSummary[] {
    const { book } = this.#running ?? {};
    if (book === undefined) return [];
    const all = [...book.all()].filter((job) => passes(job, filter));
    all.sort((one, other) => other.doc.submittedAtMs - one.doc.submittedAtMs);
    return summaries(all, book, filter.limit);
  }

  /**
   * Ends a job that is not over, for good; resolves when that is durable.
   * @throws (as a rejection) TENANTRY_JOB_UNKNOWN, TENANTRY_JOB_SETTLED, TENANTRY_STATE_FAILED
   */
  async cancel(id: string): Promise<JobRecord> {
    return this.#needed().desk.cancel(id);
  }

  /**
   * Resolves when the job is done, cancelled or a dead letter; never in a pool that is closed before.
   * @throws (as a rejection) TENANTRY_JOB_UNKNOWN
   */
  async settled(id: string): Promise<JobRecord> {
    return this.#needed().desk.settled(id);
  }

  readonly deadLetters: PoolDeadLetters = {
    list: (filter = {}) => {
      if (this.#running === undefined) return [];
      const { book, deadLetters } = this.#running;
      return summaries(deadLetters.matching(filter), book, filter.limit);
    },
    get: (id) => {
      const record = this.get(id);
      return record?.state === 'dead_letter' ? record : undefined;
    },
    retry: async (choice) => this.#act(retryDeadLetters, choice, BY_CODE),
    drop: async (choice) => this.#act(dropDeadLetters, choice, BY_CODE),
  };

  /** A question of the socket. @throws TENANTRY_JOBS_NOT_DURABLE, TENANTRY_JOB_UNKNOWN, TENANTRY_JOB_NOT_DEAD */
  answer(question: DeadLetterQuestion): object {
    const { book, deadLetters } = this.#needed();
    if (question.action === 'show') return book.recordOf(deadLetters.named(question.job));
    const { tenant, limit } = question;
    const all = deadLetters.matching({ tenant: tenant ?? undefined });
    return { total: all.length, jobs: summaries(all, book, limit) };
  }

  /** An act of the socket; throws as `deadLetters` does. */
  carryOut({ action, tenant, job }: DeadLetterAct, asking: Asking): Promise<ControlReply> {
    const choice: DeadLetterChoice =
      job !== null ? { job } : tenant !== null ? { tenant } : { all: true };
    return this.#act(action === 'retry' ? retryDeadLetters : dropDeadLetters, choice, asking);
  }

  #act(act: typeof retryDeadLetters, choice: DeadLetterChoice, by: Asking): Promise<ControlReply> {
    return act(this.#needed().deadLetters, choice, this.#pool.trail(), by);
  }

  /** `store` is where they are kept; in memory without one, where the options say so. */
  begin(store: JobStore | undefined): void {
    const { options, clock, log, random } = this.#parts;
    const kept = store ?? (options.jobs.durable ? undefined : new MemoryJobStore());
    if (kept === undefined) return;
    const book = new JobBook({ options: options.jobs, clock, log, store: kept });
    const executor = jobRunner(this.#parts, () => this.#pool.opening());
    const desk = new JobDesk({
      options: options.jobs,
      clock,
      log,
      random,
      book,
      executor,
      invalid,
    });
    this.#running = { book, desk, deadLetters: new DeadLetters(book, desk) };
    desk.begin();
  }

  /** Starts none any more. */
  halt(): void {
    this.#running?.desk.halt();
  }

  close(): Promise<void> | undefined {
    return this.#running?.desk.close();
  }

  figures(): JobFigures | undefined {
    if (this.#running === undefined) return undefined;
    const { book, desk } = this.#running;
    return jobFigures(book, desk, this.#parts.clock.nowMs());
  }

  #needed(): Running {
    this.#pool.opening();
    if (this.#running !== undefined) return this.#running;
    throw new TenantryError(
      'TENANTRY_JOBS_NOT_DURABLE',
      'jobs are kept on the disk: give the pool a stateDir, or say jobs: { durable: false }',
    );
  }
}

function passes({ tenant, agent, doc }: JobEntry, filter: JobFilter): boolean {
  return (
    (filter.tenant === undefined || filter.tenant === tenant) &&
    (filter.agent === undefined || filter.agent === agent) &&
    (filter.state === undefined || filter.state === doc.state)
  );
}

function summaries(
  jobs: readonly JobEntry[],
  book: JobBook,
  limit: number = USUAL_LIMIT,
): JobSummary[] {
  return jobs.slice(0, limit).map((job) => summaryOf(book.recordOf(job)));
}

/** A desk of jobs on a disk in memory, whose agents are promises that a test settles. */
import { JobBook } from '../../src/jobs/job-book.js';
import { JobDesk } from '../../src/jobs/job-desk.js';
import type { JobExecutor, JobToRun } from '../../src/jobs/job-executor.js';
import { JobOptions } from '../../src/jobs/job-options.js';
import { DurableJobStore } from '../../src/jobs/job-store.js';
import type { JobEnd } from '../../src/jobs/next-step.js';
import { invalid } from '../../src/pool/pool-options.js';
import { ManualClock } from '../manual-clock.js';
import { MemoryLog } from '../memory-log.js';
import type { FakeStateDisk } from '../state/fake-state-disk.js';

export const PATH = '/state/jobs.jsonl';

export interface TestDesk {
  readonly desk: JobDesk;
  readonly book: JobBook;
  readonly store: DurableJobStore;
  readonly clock: ManualClock;
  readonly log: MemoryLog;
  /** What was entered, in order. */
  readonly entered: JobToRun[];
}

export const ended = (reason: JobEnd['reason'], more: Partial<JobEnd> = {}): JobEnd => ({
  reason,
  session: 's',
  rung: 'coroutine',
  durationMs: 1,
  ...more,
});

/** `run` answers how each entered job ends; it does not end where that never resolves. */
export async function testDesk(
  disk: FakeStateDisk,
  run: (job: JobToRun) => JobEnd | Promise<JobEnd>,
  options: Parameters<typeof JobOptions.parse>[0] = {},
): Promise<TestDesk> {
  const [clock, log] = [new ManualClock(), new MemoryLog()];
  const parsed = JobOptions.parse(options);
  const store = await DurableJobStore.open(
    { path: '/state' },
    { clock, log, disk },
    parsed.maxPayloadBytes,
  );
  const entered: JobToRun[] = [];
  const executor: JobExecutor = {
    check: ({ tenant, agent }) => ({ tenant: String(tenant), agent: String(agent) }),
    async open(job) {
      await job.entering();
      entered.push(job);
      return { done: Promise.resolve(run(job)), cancel: () => {} };
    },
  };
  const book = new JobBook({ options: parsed, clock, log, store });
  const random = (): number => 0.5;
  const desk = new JobDesk({ options: parsed, clock, log, random, book, executor, invalid });
  desk.begin();
  return { desk, book, store, clock, log, entered };
}

/** Dead letters by hand: chosen, acted on, put into the audit trail, answered with before and after. */
import { TenantryError } from '../errors/errors.js';
import type { ControlReply } from '../inspector/control.js';
import type { DeadLetters } from '../jobs/dead-letters.js';
import type { JobEntry } from '../jobs/job-entry.js';
import type { Asking } from './asking.js';
import type { AuditTrail } from './audit-trail.js';

/** One by its id, all of a tenant, or all of the pool. */
export type DeadLetterChoice =
  | { readonly job: string; readonly tenant?: undefined; readonly all?: undefined }
  | { readonly tenant: string; readonly job?: undefined; readonly all?: undefined }
  | { readonly all: true; readonly job?: undefined; readonly tenant?: undefined };

/** Ids that stand in one record of the trail; the others are counted. */
const MOST_NAMED = 100;

/** @throws TENANTRY_JOB_UNKNOWN, TENANTRY_JOB_NOT_DEAD, TENANTRY_STATE_FAILED, TENANTRY_OPTIONS_INVALID */
export function retryDeadLetters(
  letters: DeadLetters,
  choice: DeadLetterChoice,
  trail: AuditTrail,
  asking: Asking,
): Promise<ControlReply> {
  return act(letters, choice, trail, asking, {
    kind: 'jobs.retried',
    said: 'queued again, with all attempts',
    run: async (jobs) => {
      await letters.retry(jobs);
      return jobs.length;
    },
  });
}

/** Throws as `retryDeadLetters` does. */
export function dropDeadLetters(
  letters: DeadLetters,
  choice: DeadLetterChoice,
  trail: AuditTrail,
  asking: Asking,
): Promise<ControlReply> {
  return act(letters, choice, trail, asking, {
    kind: 'jobs.dropped',
    said: 'dropped for good',
    run: (jobs) => letters.drop(jobs),
  });
}

interface Act {
  readonly kind: string;
  readonly said: string;
  /** Answers of how many it is durable. */
  readonly run: (jobs: readonly JobEntry[]) => Promise<number>;
}

async function act(
  letters: DeadLetters,
  choice: DeadLetterChoice,
  trail: AuditTrail,
  asking: Asking,
  { kind, said, run }: Act,
): Promise<ControlReply> {
  const jobs = chosen(letters, choice);
  const target = choice.job ?? choice.tenant ?? 'pool';
  const reply = {
    command: 'deadletters',
    target,
    isDryRun: asking.dryRun,
    changed: jobs.length > 0,
    before: { deadLetters: jobs.length },
  } as const;
  const sentence = `${jobs.length === 1 ? '1 dead letter is' : `${jobs.length} dead letters are`} ${said}`;
  if (jobs.length === 0 || asking.dryRun) {
    return { ...reply, after: { deadLetters: 0 }, said: sentence };
  }
  const first = jobs[0]!.tenant;
  const tenant = jobs.every((job) => job.tenant === first) ? first : undefined;
  const held = letters.matching({ tenant }).length;
  // Before the act: what is dropped without a record would be lost in silence.
  trail.record({
    kind,
    ...(tenant === undefined ? {} : { tenant }),
    actor: asking.actor,
    detail: {
      count: jobs.length,
      jobs: jobs.slice(0, MOST_NAMED).map(({ id, agent, doc }) => ({
        job: id,
        agent,
        attempts: doc.attemptCount,
      })),
      before: { deadLetters: held },
      after: { deadLetters: held - jobs.length },
    },
  });
  const isAudited = await trail.settled();
  const count = await run(jobs);
  return {
    ...reply,
    after: { deadLetters: jobs.length - count },
    said: sentence,
    isAudited,
  };
}

function chosen(letters: DeadLetters, { job, tenant, all }: DeadLetterChoice): JobEntry[] {
  if (job !== undefined) return [letters.named(job)];
  if (tenant !== undefined) return letters.matching({ tenant });
  if (all !== undefined) return letters.matching({});
  throw new TenantryError('TENANTRY_OPTIONS_INVALID', 'name a job or a tenant, or say all');
}

/** Jobs over HTTP: submitted and looked at. How they run and are tried again is left to the pool. */
import { z } from 'zod';
import { idempotencyKeyOf } from './idempotency.js';
import type { GatewayJobs } from './ports.js';
import { Problem } from './problem.js';
import { json, withBody, type Route } from './route.js';

const SubmitBody = z
  .strictObject({
    tenant: z.string().optional().describe("Left out: the caller's, or `default`."),
    agent: z.string().optional(),
    input: z.unknown().optional(),
    metadata: z.record(z.string(), z.unknown()).optional(),
    delayMs: z.number().min(0).optional(),
    deadlineMs: z.number().min(1).optional(),
    retry: z
      .strictObject({
        maxAttempts: z.int().min(1).optional(),
        baseDelayMs: z.number().min(0).optional(),
        maxDelayMs: z.number().min(0).optional(),
      })
      .optional(),
  })
  .meta({ id: 'SubmitJob' });

const JobBody = z
  .looseObject({
    id: z.string(),
    tenant: z.string(),
    agent: z.string(),
    state: z.enum(['queued', 'running', 'retrying', 'done', 'dead_letter', 'cancelled']),
    isDurable: z.boolean(),
    result: z.unknown().optional(),
  })
  .meta({ id: 'Job' });

export function jobRoutes(jobs: GatewayJobs): Route[] {
  return [
    withBody(SubmitBody, {
      name: 'jobs.submit',
      method: 'POST',
      path: '/v1/jobs',
      summary: 'Submits a job; it is on the disk when this answers.',
      replies: { 202: JobBody, 400: Problem, 409: Problem, 422: Problem, 503: Problem },
      about: ({ body }) => body.tenant,
      async serve({ body, identity, request }) {
        const tenant = body.tenant ?? identity.tenant ?? undefined;
        // The jobs keep the key themselves, so that it outlives a restart.
        const idempotencyKey = idempotencyKeyOf(request);
        const job = await jobs.submit({ ...body, tenant, idempotencyKey });
        return json(202, withoutStacks(job), { location: `/v1/jobs/${job.id}` });
      },
    }),
    {
      name: 'jobs.read',
      method: 'GET',
      path: '/v1/jobs/:job',
      summary: 'What has become of a job.',
      replies: { 200: JobBody, 404: Problem },
      async serve({ params, identity }) {
        return json(200, withoutStacks(await jobs.get(params['job']!, identity.tenant)));
      },
    },
  ];
}

/** Stacks tell of files and lines; they are for who looks at the pool, not for its clients. */
function withoutStacks(job: object): unknown {
  return JSON.parse(
    JSON.stringify(job, (key, value: unknown) => (key === 'stack' ? undefined : value)),
  );
}

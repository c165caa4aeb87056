/** What a client asks for when it submits a job, checked and copied before anything is kept. */
import { z } from 'zod';
import { TenantryError } from '../errors/errors.js';
import type { Agent } from '../host/agent.js';
import type { Metadata } from '../host/session.js';
import type { RetryRules } from './job.js';
import { RetryOptions, type JobOptions } from './job-options.js';
import { jsonCopy } from './json-copy.js';

const LONGEST_WAIT_MS = 30 * 86_400_000;
const DEEPEST = 100;
const LONGEST_KEY = 256;

const Request = z.strictObject({
  tenant: z.unknown().optional(),
  agent: z.unknown().optional(),
  input: z.unknown().optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
  idempotencyKey: z.string().min(1).max(LONGEST_KEY).optional(),
  retry: RetryOptions.partial().optional(),
  delayMs: z.number().min(0).max(LONGEST_WAIT_MS).optional(),
  deadlineMs: z.number().min(1).max(LONGEST_WAIT_MS).optional(),
});

/** What a client writes. Input and metadata are JSON. */
export interface JobRequest {
  /** 1 to 128 letters, digits, "-", "_"; `default` when left out. */
  readonly tenant?: string | undefined;
  /** Left out, the routing chain of sessions decides. */
  readonly agent?: string | Agent | undefined;
  readonly input?: unknown;
  readonly metadata?: Metadata | undefined;
  /**
   * Of its tenant: a second submission with the same key answers the first one's job. Known for as long
   * as that job is kept.
   */
  readonly idempotencyKey?: string | undefined;
  /** What is left out is as `jobs.retry` of the pool says. */
  readonly retry?: Partial<RetryRules> | undefined;
  /** It is not started before; 0 when left out. */
  readonly delayMs?: number | undefined;
  /** From now: one that has not been started by then is not started any more. */
  readonly deadlineMs?: number | undefined;
}

export interface ParsedJobRequest {
  readonly tenant: unknown;
  readonly agent: unknown;
  readonly input: unknown;
  readonly metadata: Metadata;
  readonly payloadBytes: number;
  readonly idempotencyKey: string | null;
  readonly retry: RetryRules;
  readonly delayMs: number;
  readonly deadlineMs: number | null;
}

/**
 * `invalid` makes an error of ours out of what the schema found.
 * @throws TENANTRY_OPTIONS_INVALID, TENANTRY_JOB_NOT_JSON, TENANTRY_JOB_TOO_LARGE
 */
export function parseJobRequest(
  request: unknown,
  options: JobOptions,
  invalid: (what: string, error: z.ZodError) => TenantryError,
): ParsedJobRequest {
  const parsed = Request.safeParse(request ?? {});
  if (!parsed.success) throw invalid('job', parsed.error);
  const { tenant, agent, idempotencyKey = null, delayMs = 0, deadlineMs = null } = parsed.data;
  const { input: given, metadata: labels = {} } = parsed.data;
  const input = given === undefined ? undefined : jsonCopy(given, 'input', DEEPEST);
  const metadata = jsonCopy(labels, 'metadata', DEEPEST) as Metadata;
  const payloadBytes = jsonBytes(input) + jsonBytes(metadata);
  if (payloadBytes > options.maxPayloadBytes) {
    const limit = options.maxPayloadBytes;
    throw new TenantryError(
      'TENANTRY_JOB_TOO_LARGE',
      `job with ${payloadBytes} bytes of input and metadata: the limit is ${limit}`,
      { details: { received: payloadBytes, limit } },
    );
  }
  // Spelt out: a field that is given as undefined is one that is left out.
  const { maxAttempts, baseDelayMs, maxDelayMs } = parsed.data.retry ?? {};
  const retry = {
    maxAttempts: maxAttempts ?? options.retry.maxAttempts,
    baseDelayMs: baseDelayMs ?? options.retry.baseDelayMs,
    maxDelayMs: maxDelayMs ?? options.retry.maxDelayMs,
  };
  return {
    tenant,
    agent,
    input,
    metadata,
    payloadBytes,
    idempotencyKey,
    retry,
    delayMs,
    deadlineMs,
  };
}

function jsonBytes(value: unknown): number {
  return value === undefined ? 0 : Buffer.byteLength(JSON.stringify(value));
}

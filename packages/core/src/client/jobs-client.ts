/** Jobs as a client submits them, looks at them and waits for them. */
import { TenantryError } from '../errors/errors.js';
import type { Clock } from '../time/clock.js';
import { delay } from '../time/deadline.js';
import { call, type HttpParts } from './http-call.js';
import { jsonText } from './json-text.js';

const FIRST_LOOK_MS = 100;
const LONGEST_LOOK_MS = 2_000;

export interface RemoteJobRequest {
  readonly tenant?: string;
  readonly agent?: string | { readonly name: string };
  /** JSON. */
  readonly input?: unknown;
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** A second submission with the same key answers the first one's job. */
  readonly idempotencyKey?: string;
  readonly deadlineMs?: number;
  readonly retry?: {
    readonly maxAttempts?: number;
    readonly baseDelayMs?: number;
    readonly maxDelayMs?: number;
  };
}

export interface RemoteJob {
  readonly id: string;
  readonly tenant: string;
  readonly agent: string;
  readonly state: 'queued' | 'running' | 'retrying' | 'done' | 'dead_letter' | 'cancelled';
  readonly result?: unknown;
  readonly attempts: readonly { readonly error: object | null }[];
}

const SETTLED: readonly RemoteJob['state'][] = ['done', 'dead_letter', 'cancelled'];

export class JobsClient {
  readonly #http: HttpParts;
  readonly #clock: Clock;

  constructor(http: HttpParts, clock: Clock) {
    this.#http = http;
    this.#clock = clock;
  }

  /**
   * Resolves when the job is durable.
   * @throws (as a rejection) what the pool refuses it with, such as TENANTRY_JOB_NOT_JSON;
   *   TENANTRY_CONNECTION_LOST
   */
  async submit({ idempotencyKey, ...request }: RemoteJobRequest): Promise<RemoteJob> {
    const { agent } = request;
    const body = { ...request, ...(typeof agent === 'object' ? { agent: agent.name } : {}) };
    const key = idempotencyKey === undefined ? {} : { idempotencyKey };
    return call(this.#http, 'POST', '/v1/jobs', { json: jobText(body), ...key });
  }

  /** @throws (as a rejection) TENANTRY_JOB_UNKNOWN, TENANTRY_CONNECTION_LOST */
  get(id: string): Promise<RemoteJob> {
    return call(this.#http, 'GET', `/v1/jobs/${encodeURIComponent(id)}`);
  }

  /**
   * Resolves when the job is done, given up or cancelled.
   * @throws (as a rejection) as `get`; TENANTRY_REQUEST_TIMEOUT after `timeoutMs`
   */
  async wait(id: string, { timeoutMs = Number.POSITIVE_INFINITY } = {}): Promise<RemoteJob> {
    const endMs = this.#clock.nowMs() + timeoutMs;
    for (let lookMs = FIRST_LOOK_MS; ; lookMs = Math.min(LONGEST_LOOK_MS, lookMs * 2)) {
      const job = await this.get(id);
      if (SETTLED.includes(job.state)) return job;
      if (this.#clock.nowMs() >= endMs) {
        throw new TenantryError('TENANTRY_REQUEST_TIMEOUT', `job ${id} is still ${job.state}`);
      }
      await delay(this.#clock, lookMs);
    }
  }
}

/** @throws TENANTRY_JOB_NOT_JSON, as the pool itself does */
function jobText(body: object): string {
  try {
    return jsonText(body);
  } catch (error) {
    const { message, details } = error as TenantryError;
    throw new TenantryError('TENANTRY_JOB_NOT_JSON', message, { details });
  }
}

/** PORT: what jobs need of a pool: which agent it is, and a session of it. The pool implements it. */
import type { Metadata, SessionJob } from '../host/session.js';
import type { JobEnd } from './next-step.js';

export interface JobToRun {
  readonly tenant: string;
  readonly agent: string;
  readonly input: unknown;
  readonly metadata: Metadata;
  /** What the agent is told of its job. */
  readonly job: SessionJob;
  /**
   * Called when it is admitted, before the agent is entered; one that rejects is not entered, and
   * `open` rejects with the same.
   */
  readonly entering: () => Promise<void>;
}

export interface JobRun {
  /** Resolves once; never rejects. */
  readonly done: Promise<JobEnd>;
  cancel(detail: string): void;
}

export interface JobExecutor {
  /**
   * The tenant and agent that a session of this request would have.
   * @throws TENANTRY_TENANT_ID_INVALID, TENANTRY_AGENT_*, TENANTRY_ROUTER_FAILED,
   *   TENANTRY_INPUT_INVALID, TENANTRY_MESSAGE_*
   */
  check(request: {
    readonly tenant: unknown;
    readonly agent: unknown;
    readonly input: unknown;
    readonly metadata: Metadata;
  }): { readonly tenant: string; readonly agent: string };
  /** Resolves when the agent has been entered; rejects as opening a session does. */
  open(job: JobToRun): Promise<JobRun>;
}

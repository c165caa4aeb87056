/**
 * What is made anew for each session that is opened. Instances and not literals: V8 counts how many of a
 * literal's objects survive and, under a burst of short sessions, allocates them in the old space, where
 * each dead one keeps all that it points to. Measured with literals: 80,000 sessions a second instead of 130,000.
 */
import type { SessionPermit } from '../admission/session-permit.js';
import type { Agent } from '../host/agent.js';
import type { Metadata, SessionJob } from '../host/session.js';
import type { SessionSpec } from '../host/session-spec.js';
import type { SessionRules } from '../session/client-session.js';
import type { Tenant } from '../tenant/tenant.js';
import type { Clock } from '../time/clock.js';
import type { Rung } from '../vocabulary/rung.js';
import type { ParsedOpenRequest } from './open-request.js';
import type { PoolParts } from './pool-parts.js';

/** The job that a session is opened for. */
export interface OpeningJob {
  readonly job: SessionJob;
  /** Waited for once the session is admitted, before its agent is entered. */
  readonly entering: () => Promise<void>;
}

/** A request that has been admitted. */
export class Opening {
  readonly request: ParsedOpenRequest;
  readonly tenant: Tenant;
  readonly agent: Agent;
  readonly rung: Rung;
  /** Of the tenant, when this was admitted. */
  readonly drainsBegun: number;
  readonly input: unknown;
  readonly metadata: Metadata;
  /** A promise where the pool is full and opens may wait. */
  readonly permit: SessionPermit | Promise<SessionPermit>;
  readonly job: OpeningJob | undefined;

  constructor(
    request: ParsedOpenRequest,
    tenant: Tenant,
    agent: Agent,
    rung: Rung,
    input: unknown,
    metadata: Metadata,
    permit: SessionPermit | Promise<SessionPermit>,
    job: OpeningJob | undefined,
  ) {
    this.request = request;
    this.tenant = tenant;
    this.agent = agent;
    this.rung = rung;
    this.drainsBegun = tenant.drainsBegun;
    this.input = input;
    this.metadata = metadata;
    this.permit = permit;
    this.job = job;
  }
}

export class OpenedSpec implements SessionSpec {
  readonly id: string;
  readonly tenant: string;
  readonly agent: string;
  readonly input: unknown;
  readonly config: unknown;
  readonly metadata: Metadata;
  readonly records: boolean;
  readonly replays: SessionSpec['replays'];
  readonly job: SessionJob | undefined;

  constructor(
    id: string,
    { tenant, agent, input, metadata }: Opening,
    config: unknown,
    records: boolean,
    replays: SessionSpec['replays'],
    job: SessionJob | undefined,
  ) {
    this.id = id;
    this.tenant = tenant.id;
    this.agent = agent.name;
    this.input = input;
    this.config = config;
    this.metadata = metadata;
    this.records = records;
    this.replays = replays;
    this.job = job;
  }
}

export class OpenedRules implements SessionRules {
  readonly clock: Clock;
  readonly maxDurationMs: number | null;
  readonly idleTimeoutMs: number | null;
  readonly softLimitRatio: number;
  readonly abortGraceMs: number;
  readonly readAheadCount: number;
  readonly deploymentVersion: string | null;
  readonly blockedMs: NonNullable<SessionRules['blockedMs']>;
  readonly ended: SessionRules['ended'];

  constructor(
    { clock, options }: Pick<PoolParts, 'clock' | 'options'>,
    opening: Opening,
    blockedMs: NonNullable<SessionRules['blockedMs']>,
    ended: SessionRules['ended'],
  ) {
    const { request, tenant, job } = opening;
    const { maxDurationMs, idleTimeoutMs, softLimitRatio, abortGraceMs } = tenant.settings;
    this.clock = clock;
    this.maxDurationMs = shorter(request.maxDurationMs, maxDurationMs);
    // A job exchanges no messages, and is not idle for that.
    this.idleTimeoutMs = job === undefined ? shorter(request.idleTimeoutMs, idleTimeoutMs) : null;
    this.softLimitRatio = softLimitRatio;
    this.abortGraceMs = abortGraceMs;
    this.readAheadCount = options.messages.maxWaitingMessages;
    this.deploymentVersion = options.deploymentVersion ?? null;
    this.blockedMs = blockedMs;
    this.ended = ended;
  }
}

function shorter(own: number | undefined, tenants: number | null): number | null {
  if (own === undefined) return tenants;
  return tenants === null ? own : Math.min(own, tenants);
}

/** What the gateway is handed: a pool, who says who is calling, limits and counters per route. */
import type {
  AgentPool,
  Clock,
  Log,
  Observer,
  OpenRequest,
  SessionHandle,
  Snapshot,
} from '@tenantry/core';
import type { Authenticator } from '../auth/authenticator.js';
import type { OnDecision } from '../auth/decision.js';
import type { RouteCounters } from '../auth/route-counters.js';
import type { RouteLimits } from '../auth/route-limits.js';

export type GatewayPool = Pick<
  AgentPool,
  'state' | 'act' | 'explain' | 'health' | 'metricsText'
> & {
  open(request: OpenRequest): Promise<SessionHandle>;
  snapshot(): Promise<Snapshot>;
  addObserver(observer: Observer): () => void;
};

/** A job as clients are told of it; what else its owner tells is passed on. */
export interface JobRecord {
  readonly id: string;
  readonly tenant: string;
}

export interface GatewayJobs {
  /** Resolves when it is durable. */
  submit(request: {
    readonly tenant: string | undefined;
    readonly agent?: string | undefined;
    readonly input?: unknown;
    readonly metadata?: Readonly<Record<string, unknown>> | undefined;
    readonly idempotencyKey: string | undefined;
    readonly delayMs?: number | undefined;
    readonly deadlineMs?: number | undefined;
    readonly retry?: object | undefined;
  }): Promise<JobRecord>;
  /**
   * A job of this tenant, or of any where it is null.
   * @throws where there is none
   */
  get(id: string, tenant: string | null): Promise<JobRecord>;
}

export interface GatewayParts {
  readonly pool: GatewayPool;
  readonly authenticator: Authenticator;
  /** Left out: no limits per route. */
  readonly limits?: Pick<RouteLimits, 'take'>;
  readonly counters?: Pick<RouteCounters, 'count'>;
  /** Told of each request that is refused for who makes it, and of each act. */
  readonly onDecision?: OnDecision;
  /** Left out: there are no routes of jobs. */
  readonly jobs?: GatewayJobs;
  /** Whether the process has hardly a descriptor left for more connections. */
  readonly isShortOfDescriptors?: () => boolean;
  readonly log: Log;
  readonly clock: Clock;
}

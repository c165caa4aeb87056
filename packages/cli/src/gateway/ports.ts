/**
 * What the gateway is handed: a pool, who says who is calling, limits and counters per route. Their
 * owners are core and `auth/`; here stands only what the gateway asks of them.
 */
import type {
  AgentPool,
  Clock,
  Log,
  Observer,
  OpenRequest,
  SessionHandle,
  Snapshot,
} from '@tenantry/core';
import type { NotReady, ReadinessRules } from '@tenantry/core/snapshot';

export type GatewayPool = Pick<AgentPool, 'state' | 'act' | 'explain'> & {
  open(request: OpenRequest): Promise<SessionHandle>;
  snapshot(): Promise<Snapshot>;
  addObserver(observer: Observer): () => void;
};

/** For admin routes in this order: viewer, operator, admin. A tenant has its own sessions and jobs. */
export type Role = 'tenant' | 'viewer' | 'operator' | 'admin';
export type Scope = 'sessions' | 'jobs' | 'admin';

export type RouteName =
  | 'sessions.open'
  | 'sessions.connect'
  | 'sessions.read'
  | 'jobs.submit'
  | 'jobs.read'
  | 'admin.read'
  | 'admin.act'
  | 'metrics'
  | 'health'
  | 'page'
  | 'openapi';

export type RouteOutcome = 'ok' | 'failed' | 'unauthorized' | 'forbidden' | 'rate-limited';

export interface Identity {
  readonly kind: 'key' | 'jwt' | 'local';
  /** Safe to log. */
  readonly id: string;
  /** Null: any tenant. */
  readonly tenant: string | null;
  readonly role: Role;
  readonly scopes: ReadonlySet<Scope>;
}

export interface Authenticator {
  /** @throws TENANTRY_UNAUTHORIZED, TENANTRY_TOKEN_EXPIRED, TENANTRY_RATE_LIMITED */
  identify(request: {
    /** A bearer token or key, taken out of its header or subprotocol. */
    readonly credential: string | undefined;
    readonly address: string;
  }): Promise<Identity>;
}

export interface RouteLimits {
  take(
    route: RouteName,
    caller: string,
  ): {
    readonly allowed: boolean;
    readonly limit: number;
    readonly remaining: number;
    readonly resetMs: number;
    readonly retryAfterMs: number;
  };
}

export interface RouteCounters {
  count(route: RouteName, outcome: RouteOutcome): void;
}

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
    readonly deadlineMs?: number | undefined;
    readonly retry?: object | undefined;
  }): Promise<JobRecord>;
  /**
   * A job of this tenant, or of any where it is null.
   * @throws where there is none
   */
  get(id: string, tenant: string | null): Promise<JobRecord>;
}

/** Answers a scrape, in the format that its `accept` header asks for. */
export interface GatewayMetrics {
  text(accept: string): Promise<{ readonly contentType: string; readonly text: string }>;
}

export interface GatewayParts {
  readonly pool: GatewayPool;
  readonly authenticator: Authenticator;
  /** Left out: no limits per route. */
  readonly limits?: RouteLimits;
  readonly counters?: RouteCounters;
  /** Left out: there are no routes of jobs. */
  readonly jobs?: GatewayJobs;
  /** Left out: there is no `/metrics`. */
  readonly metrics?: GatewayMetrics;
  /** What makes the process not ready; the defaults of core where left out. */
  readonly readiness?: Partial<ReadinessRules>;
  /** What the caller knows that a snapshot does not, such as connections near their bound. */
  readonly alsoNotReady?: () => readonly NotReady[];
  readonly log: Log;
  readonly clock: Clock;
}

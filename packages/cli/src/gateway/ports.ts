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

export type GatewayPool = Pick<AgentPool, 'state' | 'explain' | 'list'> & {
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

export interface GatewayParts {
  readonly pool: GatewayPool;
  readonly authenticator: Authenticator;
  /** Left out: no limits per route. */
  readonly limits?: RouteLimits;
  readonly counters?: RouteCounters;
  readonly log: Log;
  readonly clock: Clock;
}

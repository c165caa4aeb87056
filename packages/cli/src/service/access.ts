/** Who may come in to a service, and how often; what comes of it, counted and logged. */
import type { MetricSource } from '@tenantry/core';
import type { Clock, Log } from '@tenantry/core/internal';
import { createAuthenticator, type Authenticator } from '../auth/authenticator.js';
import type { AccessDecision, OnDecision } from '../auth/decision.js';
import { checkListenHost } from '../auth/listen-rule.js';
import { RouteCounters } from '../auth/route-counters.js';
import { RouteLimits } from '../auth/route-limits.js';
import type { Configuration } from './configuration.js';

export interface Access {
  readonly authenticator: Authenticator;
  readonly limits: RouteLimits;
  readonly counters: RouteCounters;
  readonly onDecision: OnDecision;
  readonly metrics: MetricSource;
}

/** @throws TENANTRY_AUTH_REQUIRED, TENANTRY_STATE_* where there is a file of keys that cannot be read */
export async function makeAccess(
  { service, pool }: Configuration,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Promise<Access> {
  const onDecision: OnDecision = (decision) => logged(decision, log);
  const authenticator = await createAuthenticator({
    stateDir: pool.stateDir,
    options: service.auth,
    clock,
    log,
    onDecision,
  });
  checkListenHost(service.host, authenticator.isRequired);
  const counters = new RouteCounters();
  return {
    authenticator,
    limits: new RouteLimits(service.auth.routeLimits, clock),
    counters,
    onDecision,
    metrics: () => [
      {
        name: 'tenantry_requests',
        help: 'Requests to the gateway by route and what came of them.',
        type: 'counter',
        samples: counters
          .read()
          .map(({ route, outcome, count: value }) => ({ labels: { route, outcome }, value })),
      },
    ],
  };
}

/** An identity's id is safe to log; a credential is in none of these. */
function logged({ outcome, identity, ...decision }: AccessDecision, log: Log): void {
  const fields = { ...decision, caller: identity?.id ?? null };
  if (outcome === 'refused') log.warn(fields, '[auth] refused');
  else log.info(fields, '[auth] accepted');
}

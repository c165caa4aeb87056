/** What a tenant's breaker tells, as a runtime event. How it is logged is left to the pool. */
import type { BreakerEvent } from '../breaker/breaker.js';
import type { RuntimeEvent } from '../events/runtime-event.js';

export function breakerFact(tenant: string, event: BreakerEvent, enforced: boolean): RuntimeEvent {
  if (event.kind !== 'opened') return { kind: `breaker.${event.kind}`, tenant, enforced };
  const { failures, samples, cooldownMs, byHand } = event;
  return { kind: 'breaker.opened', tenant, failures, samples, cooldownMs, byHand, enforced };
}

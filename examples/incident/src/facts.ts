/**
 * Hears what is told and sees what is shown of the offenders, and keeps one fact of each kind. Nothing here
 * is assumed: what nobody told is missing. Which facts there are is told in fact.ts.
 */
import type { Observer, Outcome, RuntimeEvent, SessionInfo, Snapshot } from '@tenantry/core';
import { ACTS } from './acts.js';
import type { Attempt } from './clients.js';
import type { Fact, FactKind } from './fact.js';
import { Sightings } from './sightings.js';

/** How the pool names the loop that tenants share. */
const SHARED_LOOP = 'main';
/** So many attempts in a row without a refusal, and a rate limit is felt no more. */
const ATTEMPTS_IN_A_ROW = 10;

export class Facts implements Observer {
  readonly #told: (tenant: string, fact: Fact) => void;
  readonly #facts = new Map<string, Fact[]>(ACTS.map(({ tenant }) => [tenant, []]));
  readonly #sightings = new Sightings();
  /** Attempts since the last refusal, by tenant. */
  readonly #admittedInARow = new Map<string, number>();

  /** `told` hears of each kind of fact of a tenant once, when it happens. */
  constructor(told: (tenant: string, fact: Fact) => void) {
    this.#told = told;
  }

  of(tenant: string, kind: FactKind): Fact | undefined {
    return this.#facts.get(tenant)?.find((fact) => fact.kind === kind);
  }

  onRuntimeEvent(event: RuntimeEvent): void {
    const fact = factOf(event, performance.now());
    if (fact === undefined || !('tenant' in event) || event.tenant === null) return;
    this.#add(event.tenant, fact);
  }

  onSessionEnd({ session, tenant }: SessionInfo, { reason, error }: Outcome): void {
    if (reason !== 'failed') return;
    const what = `fails: ${error?.message ?? 'no reason given'}`;
    const place = placeIn(error?.stack);
    this.#add(tenant, { kind: 'detected', atMs: performance.now(), session, what, place });
  }

  /** A look at the pool, for what no event tells. */
  look(snapshot: Snapshot, tenant: string): void {
    const seen = this.#sightings.seen(snapshot, tenant, performance.now());
    if (seen !== undefined) this.#add(tenant, seen);
  }

  /** What a client was answered: a rate limit is no event. */
  attempted(tenant: string, attempt: Attempt, isMended: boolean): void {
    const atMs = performance.now();
    if (attempt === 'TENANTRY_RATE_LIMITED') {
      this.#admittedInARow.set(tenant, 0);
      const why = 'refused with TENANTRY_RATE_LIMITED';
      this.#add(tenant, { kind: 'confined', atMs, from: 'every session', to: 'its rate', why });
      return;
    }
    const inARow = this.#admittedInARow.get(tenant);
    if (attempt !== 'admitted' || !isMended || inARow === undefined) return;
    this.#admittedInARow.set(tenant, inARow + 1);
    if (inARow + 1 < ATTEMPTS_IN_A_ROW) return;
    const how = `the last ${ATTEMPTS_IN_A_ROW} of its sessions were all admitted`;
    this.#add(tenant, { kind: 'released', atMs, how });
  }

  #add(tenant: string, fact: Fact): void {
    const facts = this.#facts.get(tenant);
    if (facts === undefined || facts.some(({ kind }) => kind === fact.kind)) return;
    facts.push(fact);
    this.#told(tenant, fact);
  }
}

/** Undefined for what is not about a tenant's offence, its confinement or its release. */
function factOf(event: RuntimeEvent, atMs: number): Fact | undefined {
  switch (event.kind) {
    case 'loop.blocked': {
      if (event.cause !== 'session' || event.isolate !== SHARED_LOOP) return undefined;
      const { session, place } = event;
      const where = place === null ? null : `${place.function} (${place.file}:${place.line})`;
      return { kind: 'detected', atMs, session, what: 'holds the shared loop', place: where };
    }
    case 'tenant.escalated': {
      const { from, to, score, threshold, carriedOut } = event;
      if (!carriedOut) return undefined;
      const why = `${score.toFixed(1)} points, ${threshold} are enough`;
      return { kind: 'confined', atMs, from, to, why };
    }
    case 'session.moved': {
      const { session, from, to, gapMs } = event;
      return { kind: 'moved', atMs, session, from: from.isolate, to: to.isolate, gapMs };
    }
    case 'tenant.probation':
      return { kind: 'probation', atMs, how: `some of its sessions go to ${event.to} again` };
    case 'tenant.released':
      return { kind: 'released', atMs, how: `back to ${event.to}` };
    case 'breaker.opened': {
      if (!event.enforced) return undefined;
      const why = `${event.failures} of ${event.samples} sessions failed`;
      return { kind: 'confined', atMs, from: 'breaker closed', to: 'breaker open', why };
    }
    case 'breaker.half-open':
      return { kind: 'probation', atMs, how: 'one session goes through, as a probe' };
    case 'breaker.closed':
      return { kind: 'released', atMs, how: 'its breaker is closed again' };
    default:
      return undefined;
  }
}

/** `at labelOf (file:///…/agents/orders.js:8:40)` of a stack, as `labelOf (agents/orders.js:8)`. */
export function placeIn(stack: string | undefined): string | null {
  const frame = /at (?:async )?(\S+) \((?:.*\/)?([^/]+\/[^/]+?):(\d+):\d+\)/.exec(stack ?? '');
  return frame === null ? null : `${frame[1]} (${frame[2]}:${frame[3]})`;
}

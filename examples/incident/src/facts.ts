/**
 * What the pool tells of the offenders, as an observer hears it: who was seen doing what, how it was
 * confined, when it was let go. Nothing here is assumed: what was not told is missing.
 */
import type { Observer, Outcome, RuntimeEvent, SessionInfo } from '@tenantry/core';
import { ACTS } from './acts.js';

export interface Detected {
  readonly kind: 'detected';
  readonly atMs: number;
  readonly session: string | null;
  readonly what: string;
  /** Function, file and line; null where the offence has none. */
  readonly place: string | null;
}

export interface Confined {
  readonly kind: 'confined';
  readonly atMs: number;
  readonly from: string;
  readonly to: string;
  readonly why: string;
}

export interface Probation {
  readonly kind: 'probation';
  readonly atMs: number;
  readonly to: string;
}

export interface Released {
  readonly kind: 'released';
  readonly atMs: number;
  readonly to: string;
}

export type Fact = Detected | Confined | Probation | Released;
export type FactKind = Fact['kind'];

/** How the pool names the loop that tenants share. */
const SHARED_LOOP = 'main';

export class Facts implements Observer {
  readonly #told: (tenant: string, fact: Fact) => void;
  readonly #facts = new Map<string, Fact[]>(ACTS.map(({ tenant }) => [tenant, []]));

  /** `told` hears of each kind of fact of a tenant once, when it happens. */
  constructor(told: (tenant: string, fact: Fact) => void) {
    this.#told = told;
  }

  of<Kind extends FactKind>(tenant: string, kind: Kind): Extract<Fact, { kind: Kind }> | undefined {
    const facts = this.#facts.get(tenant) ?? [];
    return facts.find((fact): fact is Extract<Fact, { kind: Kind }> => fact.kind === kind);
  }

  onRuntimeEvent(event: RuntimeEvent): void {
    const fact = factOf(event, performance.now());
    if (fact !== undefined && 'tenant' in event && event.tenant !== null) {
      this.#add(event.tenant, fact);
    }
  }

  onSessionEnd(info: SessionInfo, outcome: Outcome): void {
    if (outcome.reason !== 'failed') return;
    this.#add(info.tenant, {
      kind: 'detected',
      atMs: performance.now(),
      session: info.session,
      what: `fails: ${outcome.error?.message ?? 'no reason given'}`,
      place: placeIn(outcome.error?.stack),
    });
  }

  #add(tenant: string, fact: Fact): void {
    const facts = this.#facts.get(tenant);
    if (facts === undefined || facts.some(({ kind }) => kind === fact.kind)) return;
    facts.push(fact);
    this.#told(tenant, fact);
  }
}

/** `at labelOf (file:///…/agents/orders.js:8:40)` of a stack, as `labelOf (agents/orders.js:8)`. */
export function placeIn(stack: string | undefined): string | null {
  const [, name, file, line] = /at (?:async )?(\S+) \((?:.*\/)?([^/]+\/[^/]+?):(\d+):\d+\)/.exec(stack ?? '') ?? [];
  return name === undefined ? null : `${name} (${file}:${line})`;
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
    case 'tenant.probation':
      return { kind: 'probation', atMs, to: `a share of its sessions goes to ${event.to} again` };
    case 'tenant.released':
      return { kind: 'released', atMs, to: event.to };
    case 'breaker.opened': {
      if (!event.enforced) return undefined;
      const why = `${event.failures} of ${event.samples} sessions failed`;
      return { kind: 'confined', atMs, from: 'breaker closed', to: 'breaker open', why };
    }
    case 'breaker.half-open':
      return { kind: 'probation', atMs, to: 'one session goes through, as a probe' };
    case 'breaker.closed':
      return { kind: 'released', atMs, to: 'a closed breaker' };
    default:
      return undefined;
  }
}

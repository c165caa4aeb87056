/** Promises about where tenants are: bounds, pins, shares, alarms, times to serve, ways back. */
import type { DecisionKind, HeldBy } from '../../src/escalation/decision.js';
import { EscalationOptions } from '../../src/escalation/escalation-options.js';
import { offenceOf } from '../../src/escalation/offence-desk.js';
import { canBeSystemic, pointsOf } from '../../src/escalation/offence.js';
import type { RuntimeEvent } from '../../src/events/runtime-event.js';
import type { TenantRow } from '../../src/snapshot/snapshot.js';
import { RUNTIME } from '../../src/vocabulary/actor.js';
import { compareRungs, rungBelow, type Rung } from '../../src/vocabulary/rung.js';
import { LedgerOfMoves } from '../escalation/ledger-of-moves.js';
import type { DayFacts, Invariant } from './invariant.js';
import { LIMITS, TENANT_COUNT } from './population.js';

type TenantEvent = Extract<RuntimeEvent, { kind: `tenant.${string}` }>;

/** Followed by nothing but what is told: rungs, pins, canaries, the share of tenants moved up. */
export function ladder(facts: DayFacts): Invariant {
  const { style } = facts.population;
  const options = EscalationOptions.parse({ maxEjectedRatio: LIMITS.maxEjectedRatio[style] });
  const boundsOf = (tenant: string) => facts.tenants.get(tenant)!.bounds;
  const moves = new LedgerOfMoves(options, boundsOf, TENANT_COUNT);
  /** Rungs that were left in this very moment. */
  const left = new Map<string, readonly Rung[]>();
  let leftMs = -1;
  const faults = (broken: (what: string) => void): void => {
    for (const fault of moves.faults.splice(0)) broken(fault);
  };
  return {
    name: 'ladder',
    event: (event, broken) => {
      if (!isOfTenant(event)) return;
      const { kind, heldBy, tenant, ...rest } = event;
      const nowMs = facts.clock.nowMs();
      if (leftMs !== nowMs) left.clear();
      leftMs = nowMs;
      left.set(tenant, [...(left.get(tenant) ?? []), ...moves.rungsOf(tenant)]);
      facts.seen(event.carriedOut ? kind : `held by ${heldBy}`);
      const actor = facts.isByHand
        ? ({ kind: 'operator', uid: null, via: 'api' } as const)
        : RUNTIME;
      const decision = {
        ...rest,
        tenant,
        kind: kind.slice('tenant.'.length) as DecisionKind,
        heldBy: heldBy as HeldBy | null,
        actor,
      };
      moves.decided(decision, nowMs);
      faults(broken);
    },
    entered: ({ tenant, rung }, broken) => {
      const allowed = [...moves.rungsOf(tenant)];
      if (leftMs === facts.clock.nowMs()) allowed.push(...(left.get(tenant) ?? []));
      if (rung === null || allowed.includes(rung)) return;
      broken(`${tenant} enters on ${rung}, it is on ${allowed.join(', ')}`);
    },
    snapshot: ({ tenants }, broken) => {
      for (const { tenant, ladder: row } of tenants) {
        if (row === null || row === undefined) continue;
        const { rung, state } = row;
        const canaryRung = state === 'probation' ? rungBelow(rung) : null;
        const answers = { stateOf: () => ({ rung, state, canaryRung }), rungFor: () => rung };
        moves.check(answers, tenant);
      }
      faults(broken);
    },
    restarted: () => moves.restarted(),
  };
}

/** Of a quarantined tenant nothing starts but the canaries of its probation, one rung lower. */
export function quarantine(facts: DayFacts): Invariant {
  const quarantined = new Map<string, { sinceMs: number; isProbation: boolean }>();
  return {
    name: 'quarantine',
    event: (event) => {
      if (!isOfTenant(event) || !event.carriedOut) return;
      const { tenant, from, to } = event;
      const isProbation = event.kind === 'tenant.probation' && from === 'quarantined';
      const sinceMs = facts.clock.nowMs();
      if (to === 'quarantined' || isProbation) quarantined.set(tenant, { sinceMs, isProbation });
      else quarantined.delete(tenant);
    },
    entered: ({ tenant, rung }, broken) => {
      const spell = quarantined.get(tenant);
      if (spell === undefined || spell.sinceMs === facts.clock.nowMs()) return;
      if (spell.isProbation && rung === 'process') facts.seen('canary of a quarantine');
      else broken(`${tenant} enters on ${rung}`);
    },
  };
}

/**
 * While an alarm is raised, nobody is moved up but for what no shared cause explains, and one tenant's
 * failures raise none.
 */
export function systemicAlarm(facts: DayFacts): Invariant {
  const { weights, threshold } = EscalationOptions.parse({});
  const failedMs = new Map<string, number>();
  /** Points of such offences since the tenant was last moved, without decay: at least its score. */
  const ownPoints = new Map<string, number>();
  let isRaised = false;
  let raisedNow = false;
  return {
    name: 'systemic alarm',
    ended: ({ tenant }, { reason }) => {
      if (reason !== 'failed' && reason !== 'isolate-crashed') return;
      failedMs.set(tenant, facts.clock.nowMs());
    },
    event: (event, broken) => {
      if (event.kind === 'systemic.raised') [isRaised, raisedNow] = [true, true];
      if (event.kind === 'systemic.cleared') isRaised = false;
      if (event.kind.startsWith('systemic.')) facts.seen(event.kind);
      const offence = offenceOf(event, { atMs: facts.clock.nowMs(), atEpochMs: 0 });
      if (offence !== undefined && !canBeSystemic(offence)) {
        const points = (ownPoints.get(offence.tenant) ?? 0) + pointsOf(offence, weights);
        ownPoints.set(offence.tenant, points);
      }
      if (!isOfTenant(event) || !event.carriedOut || event.kind === 'tenant.probation') return;
      const points = ownPoints.get(event.tenant) ?? 0;
      ownPoints.delete(event.tenant);
      if (!isRaised || facts.isByHand || !isMoveUp(event)) return;
      facts.seen('moved up during an alarm');
      if (points < (event.kind === 'tenant.relapsed' ? Number.MIN_VALUE : threshold)) {
        broken(`${event.tenant} is ${event.kind} to ${event.to} for ${points} points of its own`);
      }
    },
    settled: (broken) => {
      if (!raisedNow) return;
      raisedNow = false;
      const sinceMs = facts.clock.nowMs() - 60_000;
      const failing = [...failedMs].filter(([, atMs]) => atMs >= sinceMs).length;
      if (failing < LIMITS.consecutiveFailures) broken(`raised, ${failing} tenants have failed`);
    },
    restarted: () => {
      isRaised = false;
    },
  };
}

/** No automatic move takes an isolate that is not there, and no more of them run than may. */
export function isolateLimit(facts: DayFacts): Invariant {
  const most = LIMITS.maxIsolates[facts.population.style];
  return {
    name: 'isolate limit',
    event: (event, broken) => {
      if (!isMoveUp(event) || (event.to !== 'thread' && event.to !== 'process')) return;
      const isBack = event.kind === 'tenant.relapsed';
      if (!isBack && facts.isolateCount() >= most) broken(`${event.tenant} goes to ${event.to}`);
    },
    settled: (broken) => {
      if (facts.isolateCount() > most) broken(`${facts.isolateCount()} run, ${most} may`);
    },
  };
}

/** No time to serve is longer than the longest. */
export function timeToServe(): Invariant {
  const { maxConfinementMs } = LIMITS;
  return {
    name: 'time to serve',
    event: (event, broken) => {
      if (!isOfTenant(event) || event.forMs === null) return;
      if (event.forMs > maxConfinementMs) broken(`${event.tenant}: ${event.forMs} ms`);
    },
    snapshot: ({ tenants }, broken) => {
      for (const { tenant, ladder: row } of tenants) {
        const leftMs = row?.leftMs ?? 0;
        if (leftMs > maxConfinementMs) broken(`${tenant}: ${leftMs} ms are left`);
      }
    },
  };
}

/** At most the share of tenants, or one, is moved up; rungs lie within the tenants' bounds. */
export function shownLadder(facts: DayFacts): Invariant {
  const ratio = LIMITS.maxEjectedRatio[facts.population.style];
  const most = Math.max(1, Math.floor(ratio * TENANT_COUNT));
  return {
    name: 'share of moved tenants and bounds, as shown',
    snapshot: ({ confinement, tenants }, broken) => {
      const { ejected, known } = confinement!;
      if (ejected > most) broken(`${ejected} are moved up, ${most} may be`);
      if (known !== TENANT_COUNT) broken(`${known} tenants are known`);
      for (const row of tenants) {
        const { bounds } = facts.tenants.get(row.tenant)!;
        const { rung, pin } = row.ladder!;
        const isWithin =
          compareRungs(rung, bounds.floor) >= 0 && compareRungs(rung, bounds.ceiling) <= 0;
        if (!isWithin) broken(`${row.tenant} is on ${rung}`);
        if (pin !== null && pin !== rung) broken(`${row.tenant} is pinned to ${pin}, on ${rung}`);
      }
    },
  };
}

/** Whoever has behaved for hours is where it would be if it had always behaved. */
export function wayBack(facts: DayFacts): Invariant {
  const isBack = ({ tenant, ladder: row }: TenantRow): boolean => {
    const { floor, pin } = facts.tenants.get(tenant)!.bounds;
    return row!.rung === (pin ?? floor) && row!.state === (pin === null ? 'free' : 'pinned');
  };
  return {
    name: 'everyone is back at its floor',
    dayOver: ({ tenants }, broken) => {
      const away = tenants.filter((row) => !isBack(row));
      if (away.length === 0) return;
      broken(away.map((row) => `${row.tenant} ${JSON.stringify(row.ladder)}`).join('; '));
    },
  };
}

function isOfTenant(event: RuntimeEvent): event is TenantEvent {
  return event.kind.startsWith('tenant.');
}

function isMoveUp(event: RuntimeEvent): event is TenantEvent {
  if (!isOfTenant(event) || !event.carriedOut) return false;
  const { kind } = event;
  return kind === 'tenant.escalated' || kind === 'tenant.quarantined' || kind === 'tenant.relapsed';
}

/**
 * Where a pool's evidence meets its policy: hears of events and ends, has the escalation judge them,
 * and sees to it that what is decided is told, kept and carried out. Judges nobody itself.
 */
import type { TurnClock } from '../attribution/turn-clock.js';
import type { Decision, EscalationState, EscalationWorld } from '../escalation/decision.js';
import { Escalation } from '../escalation/escalation.js';
import { HogWatch } from '../escalation/hog-watch.js';
import type { Offence } from '../escalation/offence.js';
import { SystemicAlarm, type AlarmChange } from '../escalation/systemic-alarm.js';
import type { EmitRuntimeEvent, RuntimeEvent } from '../events/runtime-event.js';
import type { Placement } from '../placement/placement.js';
import type { ConfinementFigure, IsolateState, LadderFigure } from '../snapshot/report.js';
import type { Tenant } from '../tenant/tenant.js';
import type { TenantSettings } from '../tenant/tenant-options.js';
import { every, type Timer } from '../time/clock.js';
import { RUNTIME, type Actor } from '../vocabulary/actor.js';
import type { Rung } from '../vocabulary/rung.js';
import { AuditTrail } from './audit-trail.js';
import type { DurableState } from './durable-state.js';
import { sampleHogs } from '../escalation/hog-sampler.js';
import { TenantKeeper, restoreTenants } from './kept-tenants.js';
import { LeftBehind } from '../escalation/left-behind.js';
import { offenceOf, type Moment } from '../escalation/offence-desk.js';
import type { Outcome } from '../session/outcome.js';
import type { PoolParts } from './pool-parts.js';

/** How often time served is looked at. */
const TICK_INTERVAL_MS = 1_000;
/** How often the time that is served is kept. */
const KEEP_SERVING_MS = 10_000;
/** States in which an isolate takes a place. */
const PRESENT: ReadonlySet<IsolateState> = new Set<IsolateState>([
  'starting',
  'ready',
  'draining',
  'stopping',
  'stuck',
]);

export interface ConfinementPorts {
  readonly state: DurableState;
  readonly emit: EmitRuntimeEvent;
  /** 0 to 1, for canaries. */
  readonly random: () => number;
  placement(): Placement | undefined;
  /** A tenant's new sessions go elsewhere from now on: what becomes of those that run. */
  moved(tenant: Tenant, to: Rung): void;
  /** A session goes on offending where its tenant is no longer placed. */
  leftBehind(session: string, offence: Offence): void;
}

export class Confinement {
  readonly escalation: Escalation;
  readonly trail: AuditTrail;
  readonly #parts: PoolParts;
  readonly #ports: ConfinementPorts;
  readonly #alarm: SystemicAlarm;
  readonly #leftBehind: LeftBehind;
  readonly #keeper: TenantKeeper;
  #alarmTold: (AlarmChange & { readonly sinceMs: number }) | null = null;
  #ticking: Timer | undefined;
  #servingKeptMs = 0;
  #sampling: Timer | undefined;

  constructor(parts: PoolParts, ports: ConfinementPorts) {
    this.#parts = parts;
    this.#ports = ports;
    const { options, clock, tenants } = parts;
    this.#leftBehind = new LeftBehind(options.escalation);
    this.trail = new AuditTrail(ports.state, tenants, clock);
    this.#alarm = new SystemicAlarm({
      limit: options.consecutiveFailureLimit,
      clock,
      listener: { alarmChanged: (change) => this.#alarmChanged(change) },
    });
    this.escalation = new Escalation({
      options: options.escalation,
      clock,
      random: ports.random,
      world: this.#world(),
      alarm: this.#alarm,
      listener: { decided: (decision) => this.#decided(decision) },
    });
    this.#keeper = new TenantKeeper(parts, this.escalation, ports.state);
  }

  /** Takes up what was kept of tenants, and begins to watch time. */
  begin(turns: TurnClock | undefined): void {
    restoreTenants(this.#parts, this.escalation, this.#ports.state);
    this.#parts.admission.quarantine = this;
    this.#ticking = every(this.#parts.clock, TICK_INTERVAL_MS, () => {
      this.#alarm.tick();
      this.escalation.tick();
      this.trail.tick();
      void this.#ports.state.check();
      this.#keeper.tick();
      this.#keepServing();
    });
    if (turns === undefined) return;
    const watch = new HogWatch(this.#parts.options.escalation.hogs);
    this.#sampling = sampleHogs(this.#parts.clock, turns, (sample) => {
      for (const offence of watch.sample(sample)) this.offence(offence);
    });
  }

  /** Tenants have other bounds, or the escalation another mode. */
  reconfigured(isEnforceChanged: boolean): void {
    for (const tenant of this.escalation.rebound(isEnforceChanged)) void this.keep(tenant);
  }

  close(): void {
    this.#ticking?.cancel();
    this.#sampling?.cancel();
    this.trail.close();
  }

  /** Whether so many tenants fail at once that nobody is moved for it. */
  get isSystemic(): boolean {
    return this.#alarmTold !== null;
  }

  /** What the pool as a whole shows of it. */
  figure(): ConfinementFigure {
    const { clock, tenants } = this.#parts;
    const { state } = this.#ports;
    const told = this.#alarmTold;
    return {
      systemic:
        told === null ? null : { tenants: told.failing, sinceMs: clock.nowMs() - told.sinceMs },
      ejected: this.escalation.ejectedCount,
      known: tenants.count,
      auditOk: state.isAuditSound,
      auditRestarts: state.audit.restartCount,
      keepingOk: state.isKeepingSound,
    };
  }

  ladderFigure(tenant: string): LadderFigure {
    const { options, clock } = this.#parts;
    const { lastOffence, ...state } = this.escalation.stateOf(tenant);
    const { rung, floor, ceiling, pin, score, threshold, relapses, leftMs } = state;
    return {
      state: state.state,
      rung,
      floor,
      ceiling,
      pin,
      enforced: options.escalation.enforce,
      score,
      threshold,
      relapses,
      sinceMs: Math.max(0, clock.epochMs() - state.sinceEpochMs),
      leftMs,
      lastOffence:
        lastOffence === null
          ? null
          : {
              kind: lastOffence.kind,
              agoMs: Math.max(0, clock.nowMs() - lastOffence.atMs),
              place: lastOffence.place,
            },
    };
  }

  stateOf(tenant: string): EscalationState {
    return this.escalation.stateOf(tenant);
  }

  /** PORT of admission. */
  leftMs(tenant: string): number | null | undefined {
    const { rung, state, leftMs } = this.escalation.stateOf(tenant);
    return rung === 'quarantined' && state !== 'probation' ? leftMs : undefined;
  }

  settingsOn(tenant: Tenant, rung: Rung): TenantSettings {
    return tenant.settingsOn(rung, this.#parts.options.escalation.memoryLimitMb);
  }

  /** By hand: to its floor, also out of the quarantine of isolates that kept failing. */
  release(tenant: Tenant, actor: Actor): Decision {
    tenant.quarantinedUntilMs = 0;
    this.#ports.placement()?.forgive(tenant.id);
    return this.escalation.release(tenant.id, actor);
  }

  /** Where the tenant's next session starts; `quarantined`: nowhere. */
  rungFor(tenant: string): Rung {
    return this.escalation.rungFor(tenant);
  }

  /** The same for one that chose `chosen` before it waited; a canary is not drawn twice. */
  rungAfterWait(tenant: string, chosen: Rung): Rung {
    const { rung, canaryRung } = this.escalation.stateOf(tenant);
    return chosen === rung || chosen === canaryRung ? chosen : this.rungFor(tenant);
  }

  event(event: RuntimeEvent): void {
    this.trail.event(event);
    const offence = offenceOf(event, this.#now());
    if (offence !== undefined) this.offence(offence);
    if (event.kind === 'breaker.opened') this.#breakerOpened(event.tenant, event.byHand);
    if (isOfBreaker(event)) void this.keep(event.tenant);
  }

  offence(offence: Offence): void {
    const { tenant, session } = offence;
    // Before it moves its tenant: what did that is no offence of one who was left behind.
    const isTooMuch = this.#leftBehind.offended(offence, this.escalation.stateOf(tenant).rung);
    this.escalation.offence(tenant, offence);
    void this.keep(tenant);
    if (isTooMuch && session !== null) this.#ports.leftBehind(session, offence);
  }

  ended(outcome: Outcome): void {
    this.#leftBehind.ended(outcome.session);
    this.trail.ended(outcome);
    this.#alarm.ended(outcome.tenant, outcome.reason);
  }

  /** Has what is known of a tenant kept, for the next process; resolves as `TenantKeeper.keep` does. */
  keep(tenant: string): Promise<boolean | null> {
    return this.#keeper.keep(tenant);
  }

  /** A process that keeps ending would otherwise begin each sentence anew. */
  #keepServing(): void {
    const nowMs = this.#parts.clock.nowMs();
    if (nowMs - this.#servingKeptMs < KEEP_SERVING_MS) return;
    this.#servingKeptMs = nowMs;
    for (const tenant of this.escalation.serving()) void this.keep(tenant);
  }

  /** By hand it says nothing about the tenant. */
  #breakerOpened(tenant: string, byHand: boolean): void {
    if (byHand) return;
    const now = this.#now();
    const nobody = { session: null, agent: null, rung: null, place: null };
    this.offence({ kind: 'breaker-trip', ...now, tenant, ...nobody });
  }

  #decided(decision: Decision): void {
    const { kind, evidence: _evidence, actor: _actor, ...facts } = decision;
    this.trail.decided(decision);
    this.#ports.emit({ kind: `tenant.${kind}`, ...facts });
    void this.keep(decision.tenant);
    if (!decision.carriedOut || kind === 'probation') return;
    const tenant = this.#parts.tenants.find(decision.tenant);
    if (tenant !== undefined) this.#ports.moved(tenant, decision.to);
  }

  #alarmChanged(change: AlarmChange): void {
    const { isRaised, failingCount, tenantCount, failing } = change;
    this.#alarmTold = isRaised ? { ...change, sinceMs: this.#parts.clock.nowMs() } : null;
    const kind = isRaised ? 'systemic.raised' : 'systemic.cleared';
    const facts = { failingCount, tenantCount, tenants: [...failing] };
    this.trail.record({ kind, actor: RUNTIME, detail: facts });
    this.#ports.emit({ kind, ...facts });
  }

  #now(): Moment {
    const { clock } = this.#parts;
    return { atMs: clock.nowMs(), atEpochMs: clock.epochMs() };
  }

  #world(): EscalationWorld {
    const { options, tenants, catalog, live } = this.#parts;
    return {
      boundsOf: (tenant) => tenants.get(tenant).ladder,
      knownTenants: () => tenants.count,
      room: () => {
        const records = this.#ports.placement()?.records() ?? [];
        // A spare makes room for whoever needs its place.
        const taken = records.filter(
          ({ rung, state, tenant }) =>
            rung !== 'coroutine' && PRESENT.has(state) && (tenant !== null || state === 'stuck'),
        );
        return taken.length < options.isolateOptions.maxIsolates;
      },
      canRunOn: (tenant, _rung, agents) => {
        if (options.isolates === undefined) return 'no-isolates';
        const running = live.all().filter((session) => session.tenant === tenant);
        const all = new Set([...agents, ...running.map(({ agent }) => agent)]);
        const isPortable = [...all].every((agent) => catalog.find(agent)?.url !== undefined);
        return isPortable ? null : 'not-portable';
      },
    };
  }
}

type BreakerEvent = Extract<RuntimeEvent, { kind: `breaker.${string}` }>;

function isOfBreaker(event: RuntimeEvent): event is BreakerEvent {
  return event.kind.startsWith('breaker.');
}

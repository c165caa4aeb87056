/** Promises about who is let in: caps, rates, breakers, quarantines. */
import type { RuntimeEvent } from '../../src/events/runtime-event.js';
import type { DayFacts, Invariant } from './invariant.js';
import type { Opened } from './own-books.js';
import { LIMITS } from './population.js';

/** Sums of fractions of milliseconds are not exact. */
const TOLERANCE = 1e-3;

/** Whoever enters finds fewer than the cap when everything of that moment has run. */
export function caps(facts: DayFacts): Invariant {
  let entered: Opened[] = [];
  return {
    name: 'caps',
    entered: (opened) => void entered.push(opened),
    settled: (broken) => {
      if (entered.length === 0) return;
      const { books, tenants, handCaps } = facts;
      for (const { tenant, agent } of entered) {
        const most = handCaps.get(tenant) ?? tenants.get(tenant)!.maxSessions;
        const { held } = books.of(tenant);
        if (held > most) broken(`${tenant} runs ${held} of ${most}`);
        const ofAgent = books.heldBy(agent);
        if (agent === 'batch' && ofAgent > LIMITS.batchSessions) broken(`${agent} runs ${ofAgent}`);
      }
      if (books.held > LIMITS.poolSessions) broken(`the pool runs ${books.held}`);
      if (books.held === LIMITS.poolSessions) facts.seen('full pool');
      entered = [];
    },
    snapshot: ({ tenants }, broken) => {
      for (const { tenant, maxSessions } of tenants) {
        const most = facts.handCaps.get(tenant) ?? facts.tenants.get(tenant)!.maxSessions;
        if (maxSessions !== most) broken(`${tenant} has a cap of ${maxSessions}, not of ${most}`);
      }
    },
  };
}

/** In no window start more than the burst and what the rate gives in it. */
export function rates(facts: DayFacts): Invariant {
  const buckets = new Map<string, { tokens: number; asOfMs: number }>();
  return {
    name: 'rate limits',
    entered: ({ tenant }, broken) => {
      const limit = facts.tenants.get(tenant)!.rateLimit;
      if (limit === null) return;
      const { sessionsPerSecond, burst = 1 } = limit;
      const nowMs = facts.clock.nowMs();
      const bucket = buckets.get(tenant) ?? { tokens: burst, asOfMs: nowMs };
      const refilled = ((nowMs - bucket.asOfMs) / 1_000) * sessionsPerSecond;
      bucket.tokens = Math.min(burst, bucket.tokens + refilled) - 1;
      bucket.asOfMs = nowMs;
      buckets.set(tenant, bucket);
      if (bucket.tokens < -TOLERANCE) broken(`${tenant} starts ${-bucket.tokens} too many`);
    },
    // A new process knows nothing of the starts of the old one.
    restarted: () => buckets.clear(),
  };
}

interface FollowedBreaker {
  state: 'closed' | 'open' | 'half-open';
  openedMs: number;
  untilMs: number;
  /** Of the spell in which it is half-open. */
  probes: Opened[];
}

type BreakerEvent = Extract<RuntimeEvent, { kind: `breaker.${string}` }>;

/** Nobody while it is open, one at a time while it is half-open. */
export function breakers(facts: DayFacts): Invariant {
  const followed = new Map<string, FollowedBreaker>();
  let probed = new Set<FollowedBreaker>();
  const told = (event: BreakerEvent): void => {
    facts.seen(event.kind);
    const nowMs = facts.clock.nowMs();
    const isOpened = event.kind === 'breaker.opened';
    followed.set(event.tenant, {
      state: isOpened ? 'open' : event.kind === 'breaker.closed' ? 'closed' : 'half-open',
      openedMs: nowMs,
      untilMs: isOpened ? nowMs + event.cooldownMs : nowMs,
      probes: [],
    });
  };
  return {
    name: 'breaker',
    event: (event) => {
      if (isOfBreaker(event)) told(event);
    },
    entered: (opened, broken) => {
      const breaker = followed.get(opened.tenant);
      if (breaker === undefined || breaker.state === 'closed') return;
      const nowMs = facts.clock.nowMs();
      if (breaker.state === 'open') {
        // One whose permit was given just before it opened may still be on its way.
        const isNew = breaker.openedMs === nowMs;
        if (!isNew) broken(`${opened.tenant} enters, open until ${breaker.untilMs} ms`);
        return;
      }
      breaker.probes.push(opened);
      probed.add(breaker);
    },
    settled: (broken) => {
      if (probed.size === 0) return;
      for (const { probes } of probed) {
        const running = probes.filter(({ isOver }) => !isOver);
        if (running.length > 1) broken(`${running[0]!.tenant} is probed ${running.length} times`);
      }
      probed = new Set();
    },
    restarted: () => {
      for (const breaker of followed.values()) {
        // The next session of one that was half-open probes.
        if (breaker.state === 'half-open') breaker.state = 'open';
      }
    },
  };
}

/** One that its isolates' crashes have quarantined starts nothing until that is over. */
export function crashQuarantine(facts: DayFacts): Invariant {
  const quarantined = new Map<string, { fromMs: number; untilMs: number }>();
  return {
    name: 'quarantine after crashes',
    event: (event) => {
      if (event.kind !== 'isolate.gave-up') return;
      facts.seen(event.kind);
      const fromMs = facts.clock.nowMs();
      quarantined.set(event.tenant, { fromMs, untilMs: fromMs + event.quarantinedForMs });
    },
    entered: ({ tenant }, broken) => {
      const spell = quarantined.get(tenant);
      const nowMs = facts.clock.nowMs();
      if (spell === undefined || nowMs === spell.fromMs || nowMs >= spell.untilMs) return;
      broken(`${tenant} enters, quarantined until ${spell.untilMs} ms`);
    },
    restarted: () => quarantined.clear(),
  };
}

function isOfBreaker(event: RuntimeEvent): event is BreakerEvent {
  return event.kind.startsWith('breaker.');
}

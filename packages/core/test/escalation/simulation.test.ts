/** Days of many tenants in accelerated time. `SEED=<number>` replays the day that a failure names. */
import { expect, test } from '@jest/globals';
import type { Decision } from '../../src/escalation/decision.js';
import { EscalationOptions } from '../../src/escalation/escalation-options.js';
import { Escalation } from '../../src/escalation/escalation.js';
import type { Offence } from '../../src/escalation/offence.js';
import { SystemicAlarm } from '../../src/escalation/systemic-alarm.js';
import type { Rung } from '../../src/vocabulary/rung.js';
import { randomOf } from '../seeded-random.js';
import { LedgerOfMoves } from './ledger-of-moves.js';
import { boundsOf } from './mixed-bounds.js';
import { offenceOf } from './test-escalation.js';

const TENANTS = 200;
const DAY_S = 86_400;
const BUDGET_MS = 1_500;
const MOST_DAYS = 40;
/** What all tenants depend on is down: each second another one's breaker opens. */
const OUTAGE_S = { from: 40_000, to: 43_600 };

type Temper = 'clean' | 'clumsy' | 'blocker' | 'leaker' | 'crasher';
const temperOf = (n: number): Temper =>
  n % 20 === 0
    ? (['blocker', 'leaker', 'crasher'] as const)[(n / 20) % 3]!
    : n % 4 === 0
      ? 'clumsy'
      : 'clean';

/** What a tenant of such a temper does in one second on its rung, if anything. */
function deedOf(temper: Temper, rung: Rung, random: () => number): Offence['kind'] | null {
  if (rung === 'quarantined') return null;
  const chance = random();
  if (temper === 'clumsy') return chance < 1 / 120 ? 'block' : null;
  if (temper === 'blocker') return rung === 'coroutine' && chance < 0.8 ? 'block' : null;
  if (temper === 'crasher') return rung !== 'coroutine' && chance < 0.1 ? 'crash' : 'hard-kill';
  if (temper === 'leaker') return rung === 'coroutine' ? 'allocation-hog' : 'out-of-memory';
  return null;
}

interface Day {
  readonly faults: readonly string[];
  readonly decisions: readonly Decision[];
  readonly offendersFreeRatio: number;
  /** What was carried out while the alarm was raised. */
  readonly doneInAlarm: ReadonlySet<string>;
}

function dayOf(seed: number, maxEjectedRatio: number): Day {
  const random = randomOf(seed);
  const options = EscalationOptions.parse({ maxEjectedRatio });
  let nowMs = 1_000;
  const clock = {
    nowMs: () => nowMs,
    epochMs: () => 1_700_000_000_000 + nowMs,
    after: () => ({ cancel: () => undefined }),
  };
  const alarm = new SystemicAlarm({ limit: 5, clock, listener: { alarmChanged: () => undefined } });
  const moves = new LedgerOfMoves(options, boundsOf, TENANTS);
  const decisions: Decision[] = [];
  const doneInAlarm = new Set<string>();
  const world = {
    boundsOf,
    knownTenants: () => TENANTS,
    // Isolates run out now and then.
    room: () => nowMs % 7_200_000 < 6_000_000,
    canRunOn: () => null,
  };
  const decided = (decision: Decision): void => {
    decisions.push(decision);
    moves.decided(decision, nowMs, alarm.isRaised);
    if (alarm.isRaised && decision.carriedOut) doneInAlarm.add(decision.kind);
  };
  const parts = { options, clock, random, alarm, world, listener: { decided } };
  let escalation = new Escalation(parts);
  const names = Array.from({ length: TENANTS }, (_, n) => `t${n}`);
  const offenders = names.filter((_, n) => temperOf(n) !== 'clean' && temperOf(n) !== 'clumsy');
  const clumsy = names.filter((_, n) => temperOf(n) === 'clumsy');
  let [looked, free] = [0, 0];
  const live = (tenant: string): void => {
    const rung = escalation.rungFor(tenant);
    const kind = deedOf(temperOf(Number(tenant.slice(1))), rung, random);
    if (kind === null) return;
    const figures = { tenant, rung, atMs: nowMs, atEpochMs: clock.epochMs() };
    escalation.offence(tenant, offenceOf(kind, figures));
    if (kind === 'crash') alarm.ended(tenant, 'isolate-crashed');
    if (kind === 'hard-kill') alarm.ended(tenant, 'isolate-unresponsive');
  };
  for (let second = 0; second < DAY_S; second += 1) {
    nowMs += 1_000;
    // An offender is active for some hours, its neighbours all day.
    for (let n = 0; n < offenders.length; n += 1) {
      if ((second + n * 7_919) % DAY_S < 10_000) live(offenders[n]!);
    }
    live(clumsy[Math.floor(random() * clumsy.length)]!);
    if (second >= OUTAGE_S.from && second < OUTAGE_S.to) {
      const tenant = names[(second * 7) % TENANTS]!;
      alarm.ended(tenant, 'failed');
      const figures = { tenant, rung: null, atMs: nowMs, atEpochMs: clock.epochMs() };
      escalation.offence(tenant, offenceOf('breaker-trip', figures));
    } else if (second % 10 === 0) alarm.ended(names[Math.floor(random() * TENANTS)]!, 'completed');
    escalation.tick();
    if (second % 300 === 0) for (const tenant of names) moves.check(escalation, tenant);
    if (second % 60 === 0) {
      for (let n = 0; n < offenders.length; n += 1) {
        // A minute after it began, it should be off the shared loop.
        const activeS = (second + n * 7_919) % DAY_S;
        if (activeS < 60 || activeS >= 10_000 || temperOf(n * 20) !== 'blocker') continue;
        looked += 1;
        if (escalation.stateOf(offenders[n]!).state === 'free') free += 1;
      }
    }
    // A restart at some moment of most hours: everything is saved, and restored.
    if (random() < 1 / 5_000) {
      const after = new Escalation(parts);
      for (const tenant of escalation.watched()) {
        const saved: unknown = JSON.parse(JSON.stringify(escalation.save(tenant)));
        if (!after.restore(tenant, saved, nowMs, clock.epochMs()))
          moves.faults.push('not restored');
      }
      escalation = after;
      // What is held is told anew by a new process.
      moves.restarted();
    }
  }
  return { faults: moves.faults, decisions, offendersFreeRatio: free / looked, doneInAlarm };
}

const UP = ['escalated', 'quarantined', 'relapsed'];
const given = process.env['SEED'];

test('in a day of 200 tenants no promise is broken, whatever the seed', () => {
  const startMs = performance.now();
  for (let day = 0; day < MOST_DAYS; day += 1) {
    const seed = given === undefined ? Math.abs((Date.now() + day * 7_919) | 0) : Number(given);
    // On odd days one tenant may be moved up at a time.
    const isScarce = seed % 2 === 1;
    const { faults, decisions, offendersFreeRatio, doneInAlarm } = dayOf(seed, isScarce ? 0 : 0.25);
    const moved = decisions.filter(({ carriedOut }) => carriedOut);
    const innocent = moved.filter(
      ({ tenant, kind }) => temperOf(Number(tenant.slice(1))) === 'clean' && kind === 'escalated',
    );
    const summary = {
      seed,
      faults: faults.slice(0, 5),
      innocent,
      kinds: [...new Set(moved.map(({ kind }) => kind))].sort(),
      isOffenderConfined: isScarce || offendersFreeRatio < 0.15,
      isShareReached: decisions.some(({ heldBy }) => heldBy === 'ejection-share'),
      isOffenderMovedInAlarm: isScarce || UP.some((kind) => doneInAlarm.has(kind)),
    };
    expect(summary).toEqual({
      seed,
      faults: [],
      innocent: [],
      kinds: ['escalated', 'probation', 'quarantined', 'relapsed', 'released', 'stepped-down'],
      isOffenderConfined: true,
      isShareReached: isScarce,
      isOffenderMovedInAlarm: true,
    });
    if (given !== undefined || performance.now() - startMs > BUDGET_MS) break;
  }
});

import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { EscalationOptions } from '../../src/escalation/escalation-options.js';
import { Escalation } from '../../src/escalation/escalation.js';
import type { Offence } from '../../src/escalation/offence.js';
import type { LadderBounds } from '../../src/tenant/tenant-escalation.js';
import { RUNGS, type Rung } from '../../src/vocabulary/rung.js';
import { ManualClock } from '../manual-clock.js';
import { LedgerOfMoves } from './ledger-of-moves.js';
import { offenceOf } from './test-escalation.js';

const KINDS = [
  'block',
  'breaker-trip',
  'crash',
  'out-of-memory',
  'hard-kill',
  'cpu-hog',
  'allocation-hog',
] as const satisfies readonly Offence['kind'][];

/** Every bound there can be: start, floor, ceiling and pin in their order. */
const bounds: fc.Arbitrary<LadderBounds> = fc
  .tuple(fc.nat(2), fc.nat(2), fc.nat(3), fc.option(fc.nat(3)))
  .filter(
    ([floor, start, ceiling, pin]) =>
      floor <= start && start <= ceiling && (pin === null || (floor <= pin && pin <= ceiling)),
  )
  .map(([floor, start, ceiling, pin]) => ({
    floor: RUNGS[floor]!,
    start: RUNGS[start]!,
    ceiling: RUNGS[ceiling]!,
    pin: pin === null ? null : RUNGS[pin]!,
  }));

const tenant = fc.nat(4).map((n) => `t${n}`);
const rung = fc.constantFrom<Rung>(...RUNGS);
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('offend' as const),
      tenant,
      kind: fc.constantFrom(...KINDS),
      times: fc.integer({ min: 1, max: 6 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.integer({ min: 1, max: 150_000 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('isolate' as const, 'pin' as const, 'unpin' as const, 'release' as const),
      tenant,
      rung,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('alarm' as const, 'room' as const, 'portable' as const),
    }),
  },
);

/** Runs one history and answers what contradicted the promises. */
function faultsOf(
  each: readonly LadderBounds[],
  steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[],
  options: EscalationOptions,
): string[] {
  const clock = new ManualClock();
  const boundsOf = (tenant: string) => each[Number(tenant.slice(1))]!;
  const moves = new LedgerOfMoves(options, boundsOf, 8);
  const actor = { kind: 'operator', uid: 0, via: 'api' } as const;
  const is = { isRaised: false, room: true, portable: true };
  let draw = 0;
  const escalation = new Escalation({
    options,
    clock,
    random: () => (draw = (draw + 0.37) % 1),
    alarm: is,
    listener: { decided: (decision) => moves.decided(decision, clock.nowMs(), is.isRaised) },
    world: {
      boundsOf,
      knownTenants: () => 8,
      room: () => is.room,
      canRunOn: () => (is.portable ? null : 'not-portable'),
    },
  });
  for (const one of steps) {
    if (one.do === 'offend') {
      for (let n = 0; n < one.times; n += 1) {
        const at = { atMs: clock.nowMs(), rung: escalation.rungFor(one.tenant) };
        escalation.offence(one.tenant, offenceOf(one.kind, { tenant: one.tenant, ...at }));
      }
    } else if (one.do === 'wait') {
      clock.advance(one.ms);
      escalation.tick();
    } else if ('rung' in one) {
      if (one.do === 'isolate') escalation.isolate(one.tenant, one.rung, actor);
      else if (one.do === 'pin') escalation.pin(one.tenant, one.rung, actor);
      else if (one.do === 'unpin') escalation.unpin(one.tenant, actor);
      else escalation.release(one.tenant, actor);
    } else if (one.do === 'alarm') is.isRaised = !is.isRaised;
    else if (one.do === 'room') is.room = !is.room;
    else is.portable = !is.portable;
    each.forEach(({ pin }, n) => {
      // A pin by option can be lifted by hand; what is followed then is the person's will.
      if (pin === null) moves.check(escalation, `t${n}`);
    });
  }
  return moves.faults;
}

const tenants = fc.array(bounds, { minLength: 5, maxLength: 5 });
const steps = fc.array(step, { maxLength: 60 });

test('whatever happens: bounds and pins hold, the share holds, every change is told exactly once', () => {
  const options = EscalationOptions.parse({ maxConfinementMs: 200_000, canaryRatio: 0.5 });
  fc.assert(
    fc.property(tenants, steps, (each, steps) => {
      expect(faultsOf(each, steps, options)).toEqual([]);
    }),
    { numRuns: 400 },
  );
});

test('where nothing is enforced the runtime moves nobody', () => {
  const options = EscalationOptions.parse({ enforce: false });
  fc.assert(
    fc.property(tenants, steps, (each, steps) => {
      const own = steps.filter((one) => one.do !== 'isolate' && one.do !== 'pin');
      const kept = own.filter((one) => one.do !== 'unpin' && one.do !== 'release');
      expect(faultsOf(each, kept, options)).toEqual([]);
      const clock = new ManualClock();
      const moved: unknown[] = [];
      const escalation = new Escalation({
        options,
        clock,
        random: () => 0,
        alarm: { isRaised: false },
        listener: { decided: (decision) => decision.carriedOut && moved.push(decision) },
        world: {
          boundsOf: (tenant) => each[Number(tenant.slice(1))]!,
          knownTenants: () => 8,
          room: () => true,
          canRunOn: () => null,
        },
      });
      for (const one of kept) {
        if (one.do === 'offend') escalation.offence(one.tenant, offenceOf(one.kind));
        else if (one.do === 'wait') clock.advance(one.ms);
        escalation.tick();
      }
      expect(moved).toEqual([]);
      each.forEach(({ start, pin }, n) => {
        expect(escalation.rungFor(`t${n}`)).toBe(pin ?? start);
      });
    }),
    { numRuns: 100 },
  );
});

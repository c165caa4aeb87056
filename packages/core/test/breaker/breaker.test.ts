import { beforeEach, describe, expect, test } from '@jest/globals';
import { BreakerOptions, breakerSettings } from '../../src/breaker/breaker-options.js';
import { Breaker, NO_TICKET, type BreakerEvent } from '../../src/breaker/breaker.js';
import { SavedBreaker } from '../../src/breaker/saved-breaker.js';
import { thrownBy } from '../caught.js';
import { ManualClock } from '../manual-clock.js';

let clock: ManualClock;
let told: BreakerEvent[];
let breaker: Breaker;

function make(options: object = {}): Breaker {
  const settings = breakerSettings({ circuitBreaker: BreakerOptions.parse(options) })!;
  return new Breaker(settings, clock, (event) => told.push(event));
}

beforeEach(() => {
  clock = new ManualClock();
  told = [];
  breaker = make();
});

/** Sessions one after the other: o succeeds, x fails, - is cancelled. */
function run(ends: string, of = breaker): void {
  for (const end of ends) {
    const ticket = of.enter();
    if (end === '-') of.giveBack(ticket);
    else of.record(ticket, end === 'x');
  }
}

const kinds = (): string[] => told.map(({ kind }) => kind);

describe('a closed breaker', () => {
  test('stays closed at exactly half, and opens just above it at five ends', () => {
    run('oxoxox');
    expect(breaker.state).toBe('closed');
    run('x');
    expect(told).toEqual([
      { kind: 'opened', failures: 4, samples: 7, cooldownMs: 30_000, byHand: false },
    ]);
    breaker = make();
    run('oxox');
    expect(breaker.state).toBe('closed');
    run('x');
    expect(breaker.state).toBe('open');
  });

  test('opens on five failures in a row, however far apart', () => {
    for (let time = 0; time < 5; time += 1) {
      expect(breaker.state).toBe('closed');
      run('x');
      clock.advance(3_600_000);
    }
    expect(told[0]).toMatchObject({ kind: 'opened', failures: 5, samples: 5 });
  });

  test('takes no cancelled session for evidence', () => {
    run('x-x-x-x----------');
    expect(breaker.figure()).toMatchObject({ state: 'closed', failures: 4, samples: 4 });
  });

  test('shows what counts in its window', () => {
    run('oox');
    expect(breaker.figure()).toEqual({
      state: 'closed',
      enforced: true,
      trips: 0,
      failures: 1,
      samples: 3,
      cooldownMs: 30_000,
      nextProbeInMs: null,
    });
    clock.advance(60_000);
    expect(breaker.figure()).toMatchObject({ failures: 0, samples: 0 });
  });
});

describe('an open breaker', () => {
  beforeEach(() => run('xxxxx'));

  test('refuses until its cooldown is over, and shows how long that is', () => {
    expect(breaker.refusedForMs()).toBe(30_000);
    clock.advance(29_999);
    expect(breaker.refusedForMs()).toBe(1);
    expect(breaker.figure()).toMatchObject({
      state: 'open',
      trips: 1,
      failures: 5,
      samples: 5,
      nextProbeInMs: 1,
    });
    clock.advance(1);
    expect(breaker.figure()).toMatchObject({ state: 'half-open', nextProbeInMs: null });
    expect(breaker.refusedForMs()).toBeNull();
  });

  test('takes nothing that began before it opened for evidence, then or later', () => {
    breaker = make({ consecutiveFailures: 1 });
    const old = Array.from({ length: 20 }, () => breaker.enter());
    run('x');
    for (const ticket of old.slice(0, 10)) breaker.record(ticket, true);
    breaker.record(old[10]!, false);
    expect(breaker.state).toBe('open');
    clock.advance(30_000);
    breaker.record(old[11]!, true);
    expect(breaker.state).toBe('half-open');
    run('o');
    for (const ticket of old.slice(12)) breaker.record(ticket, true);
    expect(breaker.figure()).toMatchObject({ state: 'closed', samples: 0, trips: 1 });
  });
});

describe('a half-open breaker', () => {
  beforeEach(() => {
    run('xxxxx');
    clock.advance(30_000);
  });

  test('admits exactly one', () => {
    expect(breaker.refusedForMs()).toBeNull();
    breaker.enter();
    expect([breaker.refusedForMs(), breaker.refusedForMs()]).toEqual([1_000, 1_000]);
  });

  test('closes with its probe’s success, with an empty window', () => {
    run('o');
    expect(breaker.figure()).toMatchObject({ state: 'closed', failures: 0, samples: 0 });
    expect(kinds()).toEqual(['opened', 'half-open', 'closed']);
    run('xxxx');
    expect(breaker.state).toBe('closed');
  });

  test('opens for longer with each probe that fails, up to a maximum', () => {
    const cooldownsMs: (number | null)[] = [];
    for (let time = 0; time < 6; time += 1) {
      run('x');
      const { nextProbeInMs } = breaker.figure();
      cooldownsMs.push(nextProbeInMs);
      clock.advance(nextProbeInMs!);
    }
    expect(cooldownsMs).toEqual([60_000, 120_000, 240_000, 300_000, 300_000, 300_000]);
    expect(told.at(-1)).toMatchObject({ failures: 1, samples: 1, cooldownMs: 300_000 });
  });

  test('has its place for a probe back when the probe is cancelled', () => {
    run('---');
    expect(breaker.refusedForMs()).toBeNull();
    expect(breaker.figure()).toMatchObject({ state: 'half-open', trips: 1 });
  });

  test('takes a probe that hangs for failed, from the moment it was due', () => {
    breaker.enter();
    clock.advance(29_000);
    expect(breaker.refusedForMs()).toBe(1_000);
    clock.advance(600);
    expect(breaker.refusedForMs()).toBe(400);
    clock.advance(10_400);
    expect(breaker.figure()).toMatchObject({ state: 'open', nextProbeInMs: 50_000, trips: 2 });
    clock.advance(50_000);
    expect(breaker.state).toBe('half-open');
    expect(kinds()).toEqual(['opened', 'half-open', 'opened', 'half-open']);
  });

  test.each([0, 60_000])('closes when a probe that hung succeeds %d ms later', (laterMs) => {
    const hung = breaker.enter();
    clock.advance(30_000 + laterMs);
    expect(breaker.state).toBe(laterMs === 0 ? 'open' : 'half-open');
    const second = laterMs === 0 ? NO_TICKET : breaker.enter();
    breaker.record(hung, false);
    expect(breaker.state).toBe('closed');
    breaker.record(second, true);
    expect(breaker.figure()).toMatchObject({ state: 'closed', samples: 0 });
  });

  test('does not take the late failure of a hung probe for another one', () => {
    const hung = breaker.enter();
    clock.advance(30_000);
    breaker.record(hung, true);
    expect(breaker.figure()).toMatchObject({ state: 'open', trips: 2, cooldownMs: 60_000 });
  });
});

describe('a cooldown that has grown', () => {
  beforeEach(() => {
    run('xxxxx');
    for (const cooldownMs of [30_000, 60_000, 120_000]) {
      clock.advance(cooldownMs);
      run('x');
    }
    clock.advance(240_000);
    run('o');
  });

  test('shrinks by a step for each window in which it is closed, back to where it began', () => {
    const shown: number[] = [];
    for (let time = 0; time < 5; time += 1) {
      shown.push(breaker.figure().cooldownMs);
      clock.advance(60_000);
    }
    expect(shown).toEqual([240_000, 120_000, 60_000, 30_000, 30_000]);
  });

  test('is what the next opening lasts', () => {
    clock.advance(119_999);
    run('xxxxx');
    expect(breaker.figure()).toMatchObject({ state: 'open', nextProbeInMs: 120_000 });
  });

  test('shrinks from its maximum at once, however many probes have failed there', () => {
    breaker = make({ maxCooldownMs: 50_000 });
    run('xxxxx');
    for (let time = 0; time < 20; time += 1) {
      clock.advance(50_000);
      run('x');
    }
    clock.advance(50_000);
    run('o');
    clock.advance(60_000);
    expect(breaker.figure().cooldownMs).toBe(30_000);
  });
});

describe('by hand', () => {
  test('it opens for so long, or for its cooldown, and probes as usual', () => {
    breaker.trip(500);
    expect(told).toEqual([
      { kind: 'opened', failures: 0, samples: 0, cooldownMs: 500, byHand: true },
    ]);
    clock.advance(500);
    run('o');
    expect(breaker.state).toBe('closed');
    breaker.trip();
    expect(breaker.refusedForMs()).toBe(30_000);
  });

  test('it opens anew while it is open or half-open, and no earlier probe counts', () => {
    breaker.trip(100);
    clock.advance(100);
    const probe = breaker.enter();
    breaker.trip(700);
    breaker.record(probe, false);
    expect(breaker.figure()).toMatchObject({ state: 'open', nextProbeInMs: 700 });
    breaker.trip(900);
    expect(breaker.figure()).toMatchObject({ nextProbeInMs: 900, cooldownMs: 30_000, trips: 3 });
  });

  test('it closes with nothing counted and nothing grown', () => {
    run('xxxxx');
    clock.advance(30_000);
    run('x');
    breaker.reset();
    expect(breaker.figure()).toMatchObject({ state: 'closed', samples: 0, cooldownMs: 30_000 });
    run('xxxx');
    breaker.reset();
    run('xxxx');
    expect(breaker.state).toBe('closed');
    expect(kinds()).toEqual(['opened', 'half-open', 'opened', 'closed']);
  });

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])(
    'it is not tripped for %d ms',
    (forMs) => {
      expect(thrownBy(() => breaker.trip(forMs)).code).toBe('TENANTRY_OPTIONS_INVALID');
      expect(breaker.state).toBe('closed');
    },
  );
});

describe('one that does not enforce', () => {
  beforeEach(() => {
    breaker = make({ enforce: false });
  });

  test('refuses nobody, in any state', () => {
    run('xxxxx');
    expect([breaker.state, breaker.refusedForMs()]).toEqual(['open', null]);
    run('xxxxxx');
    clock.advance(30_000);
    breaker.enter();
    expect([breaker.state, breaker.refusedForMs()]).toEqual(['half-open', null]);
  });

  test('refuses all the same while a person has tripped it, until it closes', () => {
    breaker.trip();
    expect(breaker.figure()).toMatchObject({ state: 'open', enforced: true });
    expect(breaker.refusedForMs()).toBe(30_000);
    clock.advance(30_000);
    expect(breaker.refusedForMs()).toBeNull();
    breaker.record(breaker.enter(), false);
    expect(breaker.figure()).toMatchObject({ state: 'closed', enforced: false });
  });

  test('goes through the same states: only what would have been a probe counts', () => {
    run('xxxxx');
    run('oooooo');
    expect(breaker.figure()).toMatchObject({ state: 'open', enforced: false, trips: 1 });
    clock.advance(30_000);
    const probe = breaker.enter();
    const other = breaker.enter();
    breaker.record(other, false);
    expect(breaker.state).toBe('half-open');
    breaker.record(probe, true);
    expect(breaker.figure()).toMatchObject({ state: 'open', cooldownMs: 60_000, trips: 2 });
  });
});

describe('a saved breaker', () => {
  const SAVED_MS = 1_700_000_000_000;
  const again = (saved: unknown, epochMs: number): Breaker => {
    const next = make();
    next.restore(SavedBreaker.parse(JSON.parse(JSON.stringify(saved))), epochMs);
    return next;
  };

  beforeEach(() => {
    run('xxxxx');
    clock.advance(30_000);
    run('x');
    clock.advance(10_000);
  });

  test('goes on where it was, less the time that has passed', () => {
    const next = again(breaker.save(SAVED_MS), SAVED_MS + 20_000);
    expect(next.figure()).toEqual({ ...breaker.figure(), nextProbeInMs: 30_000 });
    clock.advance(30_000);
    run('x', next);
    expect(next.figure()).toMatchObject({ trips: 3, nextProbeInMs: 120_000 });
  });

  test.each([
    [-3_600_000, 'open', 50_000],
    [3_600_000, 'half-open', null],
  ])(
    'after a jump of the wall clock by %d ms is %s, and never for longer',
    (jumpMs, state, inMs) => {
      const next = again(breaker.save(SAVED_MS), SAVED_MS + jumpMs);
      expect(next.figure()).toMatchObject({ state, nextProbeInMs: inMs });
    },
  );

  test('that ran a probe lets the next session probe', () => {
    clock.advance(50_000);
    breaker.enter();
    const next = again(breaker.save(SAVED_MS), SAVED_MS);
    expect([next.state, next.refusedForMs()]).toEqual(['half-open', null]);
    run('o', next);
    expect(next.state).toBe('closed');
  });

  test('that was closed keeps what its cooldown has grown to, and shrinks on', () => {
    clock.advance(50_000);
    run('o');
    const next = again(breaker.save(SAVED_MS), SAVED_MS);
    expect(next.figure()).toMatchObject({ state: 'closed', cooldownMs: 60_000, trips: 2 });
    clock.advance(60_000);
    expect(next.figure().cooldownMs).toBe(30_000);
  });
});

test('the wall clock is not asked', () => {
  run('xxxxx');
  for (const jumpMs of [3_600_000, -3_600_000]) {
    clock.epochMs = () => 1_700_000_000_000 + jumpMs;
    expect(breaker.refusedForMs()).toBe(30_000);
  }
});

/**
 * The breaker against a reference that keeps everything and computes nothing ahead: all ends with
 * their times, all probes, and the state told step by step.
 */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BreakerOptions, breakerSettings } from '../../src/breaker/breaker-options.js';
import { Breaker } from '../../src/breaker/breaker.js';
import { SLICES } from '../../src/breaker/ratio-rule.js';
import { ManualClock } from '../manual-clock.js';

const SETTINGS = breakerSettings({
  circuitBreaker: BreakerOptions.parse({
    windowMs: 3_000,
    minimumSamples: 3,
    consecutiveFailures: 4,
    cooldownMs: 1_000,
    maxCooldownMs: 5_000,
    probeTimeoutMs: 700,
  }),
})!;

interface Session {
  readonly ticket: number;
  /** Which spell of being closed it began in; null: it is a probe. */
  readonly spell: number | null;
  /** Counts hand trips and closings: a probe of an earlier outage says nothing. */
  readonly outage: number;
}

class Reference {
  nowMs = 0;
  state: 'closed' | 'open' | 'half-open' = 'closed';
  spell = 0;
  outage = 0;
  trips = 0;
  untilMs = 0;
  growth = 0;
  healthyMs = 0;
  probe: { readonly session: Session; readonly sinceMs: number } | null = null;
  ends: { readonly atMs: number; readonly hasFailed: boolean }[] = [];

  cooldownMs(): number {
    return Math.min(SETTINGS.cooldownMs * SETTINGS.cooldownFactor ** this.growth, 5_000);
  }

  /** Every millisecond by itself. */
  pass(ms: number): void {
    for (let step = 0; step < ms; step += 1) {
      this.nowMs += 1;
      if (this.state === 'half-open' && this.probe !== null) {
        if (this.nowMs - this.probe.sinceMs === SETTINGS.probeTimeoutMs) this.probeFailed();
      } else if (this.state === 'open' && this.nowMs === this.untilMs) {
        this.state = 'half-open';
      } else if (this.state === 'closed') {
        this.healthyMs += 1;
        if (this.healthyMs % SETTINGS.windowMs === 0) this.growth = Math.max(0, this.growth - 1);
      }
    }
  }

  open(cooldownMs: number): void {
    this.state = 'open';
    this.trips += 1;
    this.probe = null;
    this.untilMs = this.nowMs + cooldownMs;
  }

  probeFailed(): void {
    if (this.cooldownMs() < SETTINGS.maxCooldownMs) this.growth += 1;
    this.open(this.cooldownMs());
  }

  close(): void {
    this.state = 'closed';
    this.spell += 1;
    this.outage += 1;
    this.ends = [];
    this.healthyMs = 0;
    this.probe = null;
  }

  tripAnew(cooldownMs: number): void {
    this.outage += 1;
    this.ends = [];
    this.open(cooldownMs);
  }

  end(session: Session, hasFailed: boolean): void {
    if (this.state === 'closed') {
      if (session.spell !== this.spell) return;
      this.ends.push({ atMs: this.nowMs, hasFailed });
      const counted = this.counted();
      const failures = counted.filter((end) => end.hasFailed).length;
      const row = this.ends.slice(-SETTINGS.consecutiveFailures);
      const isRow =
        row.length === SETTINGS.consecutiveFailures && row.every((end) => end.hasFailed);
      const isRatio = hasFailed && counted.length >= 3 && failures * 2 > counted.length;
      if (isRow || isRatio) this.tripAnew(this.cooldownMs());
      return;
    }
    if (session.spell !== null || session.outage !== this.outage) return;
    if (!hasFailed) this.close();
    else if (this.probe?.session === session) this.probeFailed();
  }

  counted(): { readonly hasFailed: boolean }[] {
    const sliceOf = (ms: number): number => Math.floor(ms / (SETTINGS.windowMs / SLICES));
    return this.ends.filter(({ atMs }) => sliceOf(this.nowMs) - sliceOf(atMs) < SLICES);
  }
}

interface Real {
  readonly clock: ManualClock;
  readonly breaker: Breaker;
  readonly running: Session[];
}

type Step = fc.Command<Reference, Real>;

function command(name: string, run: (model: Reference, real: Real) => void): Step {
  return {
    check: () => true,
    run: (model, real) => {
      run(model, real);
      const figure = real.breaker.figure();
      expect(figure).toMatchObject({
        state: model.state,
        trips: model.trips,
        cooldownMs: model.cooldownMs(),
        nextProbeInMs: model.state === 'open' ? model.untilMs - model.nowMs : null,
      });
      if (model.state === 'closed') expect(figure.samples).toBe(model.counted().length);
    },
    toString: () => name,
  };
}

const start = (): Step =>
  command('start', (model, { breaker, running }) => {
    const mayStart = model.state === 'closed' || (model.state === 'half-open' && !model.probe);
    expect(breaker.refusedForMs() === null).toBe(mayStart);
    if (!mayStart) return;
    const session: Session = {
      ticket: breaker.enter(),
      spell: model.state === 'closed' ? model.spell : null,
      outage: model.outage,
    };
    if (model.state === 'half-open') model.probe = { session, sinceMs: model.nowMs };
    running.push(session);
  });

const end = (which: number, how: 'fails' | 'succeeds' | 'is cancelled'): Step =>
  command(`${which} ${how}`, (model, { breaker, running }) => {
    const [session] = running.splice(which % (running.length + 1), 1);
    if (session === undefined) return;
    if (how === 'is cancelled') {
      breaker.giveBack(session.ticket);
      if (model.probe?.session === session) model.probe = null;
      return;
    }
    breaker.record(session.ticket, how === 'fails');
    model.end(session, how === 'fails');
  });

const steps = fc.commands(
  [
    fc.constant(start()),
    fc.constant(start()),
    fc
      .tuple(fc.nat(20), fc.constantFrom('fails', 'fails', 'succeeds', 'is cancelled'))
      .map(([which, how]) => end(which, how as 'fails')),
    fc.oneof(fc.nat(300), fc.nat(4_000)).map((ms) =>
      command(`${ms} ms pass`, (model, { clock }) => {
        clock.advance(ms);
        model.pass(ms);
      }),
    ),
    fc.constant(
      command('reset', (model, { breaker }) => {
        breaker.reset();
        model.close();
        model.growth = 0;
      }),
    ),
    fc.option(fc.integer({ min: 1, max: 2_000 }), { nil: undefined }).map((forMs) =>
      command(`trip ${forMs ?? ''}`, (model, { breaker }) => {
        breaker.trip(forMs);
        model.tripAnew(forMs ?? model.cooldownMs());
      }),
    ),
  ],
  { maxCommands: 80 },
);

test('a breaker does what the plain reference does, whatever happens in whatever order', () => {
  fc.assert(
    fc.property(steps, (commands) => {
      fc.modelRun(() => {
        const clock = new ManualClock();
        const model = new Reference();
        model.nowMs = clock.nowMs();
        return { model, real: { clock, breaker: new Breaker(SETTINGS, clock), running: [] } };
      }, commands);
    }),
    { numRuns: 500 },
  );
});

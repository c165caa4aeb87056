/** An escalation of which a test holds every port; what it tells is kept in `told`. */
import type { Decision, EscalationWorld } from '../../src/escalation/decision.js';
import {
  EscalationOptions,
  type EscalationOptionsInput,
} from '../../src/escalation/escalation-options.js';
import { Escalation } from '../../src/escalation/escalation.js';
import type { Offence } from '../../src/escalation/offence.js';
import type { LadderBounds } from '../../src/tenant/tenant-escalation.js';
import type { Clock } from '../../src/time/clock.js';
import { ManualClock } from '../manual-clock.js';

export const LOOSE: LadderBounds = {
  start: 'coroutine',
  floor: 'coroutine',
  ceiling: 'quarantined',
  pin: null,
};

export const EPOCH_MS = 1_700_000_000_000;

type OffenceOf<K extends Offence['kind']> = Extract<Offence, { kind: K }>;

/** An offence of `acme` on the shared loop, with what a test says otherwise. */
export function offenceOf<K extends Offence['kind']>(
  kind: K,
  figures: Partial<OffenceOf<K>> = {},
): Offence {
  const of = {
    crash: { reason: 'exited' },
    'cpu-hog': { ratio: 1, seconds: 0.5 },
    'allocation-hog': { grownMb: 100, share: 1, seconds: 0.5 },
    block: { durationMs: 200 },
  }[kind as string];
  return {
    kind,
    tenant: 'acme',
    session: 'session-1',
    agent: 'echo',
    atMs: 0,
    atEpochMs: EPOCH_MS,
    rung: 'coroutine',
    place: null,
    ...of,
    ...figures,
  } as unknown as Offence;
}

export interface TestEscalation {
  readonly escalation: Escalation;
  readonly clock: ManualClock;
  readonly told: Decision[];
  readonly alarm: { isRaised: boolean };
  readonly world: { -readonly [key in keyof EscalationWorld]: EscalationWorld[key] };
  random: number;
  /** Tells an offence that happens now. */
  offend(kind: Offence['kind'], figures?: Partial<Offence>): void;
  /** Kinds of the decisions since the last call. */
  kinds(): string[];
}

export function testEscalation(
  options: EscalationOptionsInput = {},
  bounds: Partial<LadderBounds> | Record<string, Partial<LadderBounds>> = {},
): TestEscalation {
  const clock = new ManualClock();
  const told: Decision[] = [];
  let read = 0;
  const isOne = ['start', 'floor', 'ceiling', 'pin'].some((field) => field in bounds);
  const boundsOf = (tenant: string): LadderBounds => {
    const own = isOne ? bounds : (bounds as Record<string, Partial<LadderBounds>>)[tenant];
    return { ...LOOSE, ...own };
  };
  const world: TestEscalation['world'] = {
    boundsOf,
    knownTenants: () => 8,
    room: () => true,
    canRunOn: () => null,
  };
  const alarm = { isRaised: false };
  const test = { random: 1 };
  const escalation = new Escalation({
    options: EscalationOptions.parse(options),
    clock,
    random: () => test.random,
    world,
    alarm,
    listener: { decided: (decision) => told.push(decision) },
  });
  return Object.assign(test, {
    escalation,
    clock,
    told,
    alarm,
    world,
    offend: (kind: Offence['kind'], figures: Partial<Offence> = {}) => {
      const now = times(clock);
      const offence = offenceOf(kind, { ...now, ...figures });
      escalation.offence(offence.tenant, offence);
    },
    kinds: () => told.slice(read, (read = told.length)).map(({ kind }) => kind),
  });
}

function times(clock: Clock): { atMs: number; atEpochMs: number } {
  return { atMs: clock.nowMs(), atEpochMs: clock.epochMs() };
}

/** Lets seconds pass as the pool does: a tick each. */
export function pass({ clock, escalation }: TestEscalation, ms: number): void {
  for (let passedMs = 0; passedMs < ms; passedMs += 1_000) {
    clock.advance(Math.min(1_000, ms - passedMs));
    escalation.tick();
  }
}

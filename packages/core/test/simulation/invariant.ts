/** What a promise of the pool is checked by: it hears what happens and reports where it is broken. */
import type { RuntimeEvent } from '../../src/events/runtime-event.js';
import type { Outcome } from '../../src/session/outcome.js';
import type { Snapshot } from '../../src/snapshot/snapshot.js';
import type { Clock } from '../../src/time/clock.js';
import type { Opened, OwnBooks } from './own-books.js';
import type { Population, SimulatedTenant } from './population.js';

/** What everybody may look at. */
export interface DayFacts {
  readonly clock: Clock;
  readonly population: Population;
  readonly books: OwnBooks;
  readonly tenants: ReadonlyMap<string, SimulatedTenant>;
  /** Caps set by hand that hold now. */
  readonly handCaps: ReadonlyMap<string, number>;
  /** Whether somebody acts by hand in this turn. */
  isByHand: boolean;
  isolateCount(): number;
  seen(what: string): void;
}

export type Broken = (what: string) => void;

export interface Invariant {
  readonly name: string;
  /** A session has its permit and goes to a place. */
  entered?(opened: Opened, broken: Broken): void;
  ended?(opened: Opened, outcome: Outcome, broken: Broken): void;
  event?(event: RuntimeEvent, broken: Broken): void;
  /** Everything has run that follows from what was due at this moment. */
  settled?(broken: Broken): void;
  snapshot?(snapshot: Snapshot, broken: Broken): void;
  /** A new pool goes on with what the old one has kept. */
  restarted?(): void;
  /** The last look at the day's end, before the pool closes. */
  dayOver?(snapshot: Snapshot, broken: Broken): void;
}

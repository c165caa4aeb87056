/** What is done to the loop, in which order: random, and the same for the same seed. */
import type { Order } from '../agents/blocker.js';
import { KINDS, type Kind } from './blocks.js';

export interface PlannedBlock {
  readonly session: number;
  readonly kind: Kind;
  readonly where: Order['where'];
  readonly lengthMs: number;
}

/** Blocks whose timers are due at once, one block where there is just one; and a rest before them. */
export interface Step {
  readonly restMs: number;
  readonly blocks: readonly PlannedBlock[];
}

export interface PlanRules {
  readonly sessions: number;
  readonly blocksPerKind: number;
  readonly shortestMs: number;
  readonly longestMs: number;
  readonly seed: number;
}

const LONGEST_REST_MS = 120;
/** One step in four has no rest before it, one in four blocks twice or three times in a row. */
const QUARTER = 0.25;

export function makePlan(rules: PlanRules): Step[] {
  const random = mulberry32(rules.seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const kinds = KINDS.flatMap((kind) => Array.from({ length: rules.blocksPerKind }, () => kind));
  for (let last = kinds.length - 1; last > 0; last -= 1) {
    const other = below(last + 1);
    [kinds[last], kinds[other]] = [kinds[other]!, kinds[last]!];
  }
  const steps: Step[] = [];
  while (kinds.length > 0) {
    const isBurst = random() < QUARTER;
    const sessions = new Set<number>();
    while (sessions.size < (isBurst ? 2 + below(2) : 1)) sessions.add(below(rules.sessions));
    const blocks: PlannedBlock[] = [];
    for (const session of sessions) {
      const kind = kinds.pop();
      if (kind === undefined) break;
      const where = isBurst ? 'timer' : (['handler', 'timer', 'microtask'] as const)[below(3)]!;
      const lengthMs = rules.shortestMs + random() * (rules.longestMs - rules.shortestMs);
      blocks.push({ session, kind, where, lengthMs });
    }
    steps.push({ restMs: random() < QUARTER ? 0 : random() * LONGEST_REST_MS, blocks });
  }
  return steps;
}

/** https://github.com/bryc/code/blob/master/jshash/PRNGs.md#mulberry32 */
export function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * An offence is a recorded fact against a tenant; here is which there are and what each is worth. Who
 * sees them is left to those who tell them; how long they count, to the ledger.
 */
import { z } from 'zod';
import { CodePlace } from '../snapshot/figures.js';
import { RUNGS } from '../vocabulary/rung.js';
import type { Weights } from './escalation-options.js';

const figure = z.number().min(0);

const common = {
  tenant: z.string(),
  session: z.string().nullable(),
  agent: z.string().nullable(),
  /** Monotonic, of when it happened; it is told soon after. */
  atMs: z.number(),
  /** Wall clock, ms since 1970: what people read. */
  atEpochMs: figure,
  /** Where it ran; null for what is of no rung, such as a breaker that opened. */
  rung: z.enum(RUNGS).nullable(),
  /** Where in its code, if that is known. */
  place: CodePlace.nullable(),
};

/** The kinds, each with its figures. */
export const Offence = z.discriminatedUnion('kind', [
  /** A block that is over. Told while it lasts it would be counted twice. */
  z.object({ kind: z.literal('block'), ...common, durationMs: figure }),
  z.object({ kind: z.literal('breaker-trip'), ...common }),
  /** `reason`: the end reason of the isolate. */
  z.object({ kind: z.literal('crash'), ...common, reason: z.string() }),
  z.object({ kind: z.literal('out-of-memory'), ...common }),
  z.object({ kind: z.literal('hard-kill'), ...common }),
  /** `ratio` of a core, for `seconds`. */
  z.object({ kind: z.literal('cpu-hog'), ...common, ratio: figure, seconds: figure }),
  /** `grownMb` by which the process grew in the last second, the tenant's `share` of it, for `seconds`. */
  z.object({
    kind: z.literal('allocation-hog'),
    ...common,
    grownMb: figure,
    share: figure,
    seconds: figure,
  }),
]);
export type Offence = Readonly<z.output<typeof Offence>>;

/** What an offence adds to its tenant's score when it happens. */
export function pointsOf(offence: Offence, weights: Weights): number {
  switch (offence.kind) {
    case 'block':
      // In an isolate nobody else waits for that loop: worth remembering, no reason to move anyone.
      if (offence.rung !== 'coroutine') return 0;
      return Math.min(weights.blockMost, (offence.durationMs / 100) * weights.blockPer100Ms);
    case 'breaker-trip':
      return weights.breakerTrip;
    case 'crash':
      return weights.crash;
    case 'out-of-memory':
      return weights.outOfMemory;
    case 'hard-kill':
      return weights.hardKill;
    case 'cpu-hog':
      return offence.seconds * weights.cpuHogPerS;
    case 'allocation-hog':
      return offence.seconds * weights.allocationPerS;
    default:
      return offence satisfies never;
  }
}

/** Whether it is about memory: a thread is no wall against that, only a process is. */
export function isMemory({ kind }: Offence): boolean {
  return kind === 'out-of-memory' || kind === 'allocation-hog';
}

/**
 * Whether it can be the fault of what all tenants depend on, rather than of this one. A block, a hog,
 * memory and an end by force are told of the tenant whose code was seen at it.
 */
export function canBeSystemic({ kind }: Offence): boolean {
  return kind === 'breaker-trip' || kind === 'crash';
}

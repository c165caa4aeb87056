/**
 * What the escalation can be told: what counts how much, when a tenant is moved, how it comes back. A
 * tenant's own floor, ceiling and pin are left to its tenant options.
 */
import { z } from 'zod';

const HOUR_MS = 3_600_000;
const Points = z.number().min(0).max(1_000);
const PeriodMs = z
  .number()
  .min(100)
  .max(24 * HOUR_MS);
const Ratio = z.number().min(0).max(1);
const PositiveRatio = z.number().gt(0).max(1);

/** What an offence is worth, in points. Where the numbers come from: docs/concepts/escalation.md. */
const Weights = z.strictObject({
  /** Each 100 ms of a block of the shared loop. */
  blockPer100Ms: Points.default(1),
  /** Most points of one block, however long; one is not enough while this is below `threshold`. */
  blockMost: Points.default(3),
  /** The tenant's circuit breaker opened. */
  breakerTrip: Points.default(3),
  /** Its isolate ended abnormally. */
  crash: Points.default(2),
  /** Its isolate was ended for its memory. */
  outOfMemory: Points.default(5),
  /** It had to be ended by force: its code did not heed an abort or gave no sign of life. */
  hardKill: Points.default(3),
  /** Each second of CPU hogging. */
  cpuHogPerS: Points.default(1.5),
  /** Each second of allocation hogging. */
  allocationPerS: Points.default(2),
});
export type Weights = Readonly<z.output<typeof Weights>>;

/** When a tenant on the shared loop takes too much of it. */
const Hogs = z.strictObject({
  /** Share of one core that a tenant's turns take, from which it hogs the loop. */
  cpuRatio: PositiveRatio.default(0.5),
  /** Only while the shared loop is busy for at least this share of the time. */
  busyRatio: Ratio.default(0.8),
  /** Growth of the heap and of external memory, in MB (1,048,576 bytes) per second, that is looked into. */
  growthMbPerS: z.number().positive().max(1_048_576).default(20),
  /** Share of that growth from which a tenant is blamed for it. */
  growthShareRatio: PositiveRatio.default(0.5),
});
export type Hogs = Readonly<z.output<typeof Hogs>>;

/** The pool option `escalation`. Without it the pool observes: as with `enforce: false`. */
export const EscalationOptions = z
  .strictObject({
    /** False: every decision is told, none is carried out but those made by hand. */
    enforce: z.boolean().default(true),
    /** Points at which a tenant is moved up a rung. */
    threshold: z.number().gt(0).max(10_000).default(5),
    /** After this long an offence counts half, in milliseconds. */
    halfLifeMs: PeriodMs.default(60_000),
    weights: Weights.prefault({}),
    /** What becomes of running sessions when their tenant is moved up: they finish, or are drained. */
    onEscalate: z.enum(['finish', 'drain']).default('finish'),
    /** Moves running sessions that can be moved along with their tenant. */
    carryOver: z.boolean().default(true),
    /** With `drain`: how long they may go on, in milliseconds. */
    drainTimeoutMs: z
      .number()
      .min(0)
      .max(24 * HOUR_MS)
      .default(10_000),
    /** Memory limit of isolates that a tenant is moved into and has set none for, in MB. */
    memoryLimitMb: z.number().positive().max(1_048_576).default(512),
    /** Most of the known tenants that are moved up at once; one always may be. */
    maxEjectedRatio: Ratio.default(0.25),
    /** Time to serve on a rung the first time, in milliseconds. */
    confinementMs: PeriodMs.default(60_000),
    /** Longest time to serve, in milliseconds. */
    maxConfinementMs: PeriodMs.default(600_000),
    /** How long a canary share runs one rung down before the tenant follows, in milliseconds. */
    probationMs: PeriodMs.default(60_000),
    /** Share of new sessions that goes one rung down during probation. */
    canaryRatio: PositiveRatio.default(0.1),
    /** For each such time without an offence, the next time to serve is shorter again, in milliseconds. */
    healthyMs: PeriodMs.default(60_000),
    hogs: Hogs.prefault({}),
  })
  .check((context) => {
    const { confinementMs, maxConfinementMs } = context.value;
    if (maxConfinementMs >= confinementMs) return;
    context.issues.push({
      code: 'custom',
      path: ['maxConfinementMs'],
      message: `shorter than confinementMs (${confinementMs})`,
      input: maxConfinementMs,
    });
  });
export type EscalationOptions = Readonly<z.output<typeof EscalationOptions>>;
export type EscalationOptionsInput = z.input<typeof EscalationOptions>;

/**
 * The shape of one line of a metrics file: the contract between a pool and whatever reads its files.
 * A new event or a new field does not change the version; how lines get into the file is left to
 * `metrics-writer.ts`.
 */
import { z } from 'zod';
import { Snapshot } from '../snapshot/snapshot.js';
import { END_REASONS } from '../vocabulary/end-reason.js';
import { RUNGS } from '../vocabulary/rung.js';
import { TENANT_EVENTS } from '../vocabulary/tenant-events.js';

export const METRICS_VERSION = 1;

/** Longest error message in a record, in UTF-16 units. */
export const LONGEST_ERROR = 500;

const count = z.int().min(0);
const figure = z.number().min(0);

const SessionFacts = z.object({
  session: z.string(),
  tenant: z.string(),
  agent: z.string(),
  rung: z.enum(RUNGS),
  isolate: z.string(),
  deploymentVersion: z.string().nullable(),
});

const SessionStarted = SessionFacts.extend({ event: z.literal('session.started') });

const SessionEnded = SessionFacts.extend({
  /** `session.failed` where the status is `failed`: it counts against the tenant. */
  event: z.enum(['session.finished', 'session.failed']),
  status: z.enum(['succeeded', 'failed', 'cancelled']),
  reason: z.enum(END_REASONS),
  /** Code of the error it ended with, where it has one. */
  code: z.string().nullable(),
  error: z.string().max(LONGEST_ERROR).nullable(),
  durationMs: figure,
  /** Null where they are not measured. */
  cpuMs: figure.nullable(),
  blockedMs: figure.nullable(),
  /** Highest share of its isolate's memory seen; null where nobody has looked. */
  memoryPeakBytes: figure.nullable().default(null),
  /** How often it was moved alive; rung and isolate are the last ones. */
  moves: count.default(0),
  /** From the client to the agent, and back. */
  messagesIn: count,
  messagesOut: count,
});

/** Events that are told to observers as well; their other fields are those of `RuntimeEvent`. */
export const RUNTIME_EVENTS = [
  'loop.blocked',
  'isolate.started',
  'isolate.ended',
  'isolate.stuck',
  'isolate.gave-up',
  ...TENANT_EVENTS,
  'systemic.raised',
  'systemic.cleared',
  'memory.warned',
  'memory.limit',
  'config.reloaded',
  'config.rejected',
  'agents.reloaded',
  'breaker.opened',
  'breaker.half-open',
  'breaker.closed',
  'incident.captured',
  'incident.failed',
  'observer.ended',
  'session.stray-error',
  'session.moved',
] as const;

const RuntimeFact = z.looseObject({ event: z.enum(RUNTIME_EVENTS) });

/** Stands where records are missing: after the record before it, and before the one after it. */
const Overflow = z.object({
  event: z.literal('metrics.overflow'),
  droppedCount: count,
  droppedByKind: z.object({ snapshot: count, event: count }),
  /** Of the events among them, by name. */
  droppedByEvent: z.record(z.string(), count),
  /** `seq` of the last record before the first that is missing; 0 where there was none. */
  sinceSeq: count,
  /** When the first and the last of them would have been recorded, ms since 1970. */
  firstDroppedAtMs: figure,
  lastDroppedAtMs: figure,
});

const EventPayload = z.discriminatedUnion('event', [
  SessionStarted,
  SessionEnded,
  RuntimeFact,
  Overflow,
]);

const head = {
  schemaVersion: z.literal(METRICS_VERSION),
  /** 1 for the first record of a pool, then one more for each record written. */
  seq: z.int().min(1),
  /** When the pool's loop recorded it: wall-clock milliseconds since 1970. */
  time: figure,
};

export const MetricsRecord = z.discriminatedUnion('kind', [
  z.object({ ...head, kind: z.literal('snapshot'), payload: Snapshot }),
  z.object({ ...head, kind: z.literal('event'), payload: EventPayload }),
]);
export type MetricsRecord = z.output<typeof MetricsRecord>;
export type SessionStarted = Readonly<z.output<typeof SessionStarted>>;
export type SessionEnded = Readonly<z.output<typeof SessionEnded>>;
export type Overflow = Readonly<z.output<typeof Overflow>>;

/** An event as it is handed to the writer: named, and plain data. */
export interface EventFacts {
  readonly event: string;
}

/** A record before it has its place in the file. */
export type Unwritten =
  | { readonly kind: 'snapshot'; readonly time: number; readonly payload: object }
  | { readonly kind: 'event'; readonly time: number; readonly payload: EventFacts };

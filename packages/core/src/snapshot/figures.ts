/**
 * The figures of who costs what and who blocks, as a snapshot states them: each says by which method
 * it was made. What the methods can and cannot see is told in docs/concepts/introspection.md.
 */
import { z } from 'zod';
import { END_REASONS } from '../vocabulary/end-reason.js';
import { RUNGS } from '../vocabulary/rung.js';

const count = z.int().min(0);
const figure = z.number().min(0);

/**
 * `turn-clock`: time of the session's turns, each measured at the switch to the next session, less
 * what the thread's CPU clock says it did not run. `thread-clock`: the kernel's CPU clock of a
 * thread. `process-clock`: that of a whole process.
 */
const CPU_METHODS = ['turn-clock', 'thread-clock', 'process-clock'] as const;

export const CpuFigure = z.object({
  /** Share of one core over the last second, 1 is a whole core. */
  nowRatio: figure,
  /** The same over the last minute. */
  minuteRatio: figure,
  /** Since its start; never goes back. */
  totalMs: figure,
  method: z.enum(CPU_METHODS),
});
export type CpuFigure = Readonly<z.output<typeof CpuFigure>>;

/**
 * `equal-share`: the process's RSS, less what its threads hold, divided by the sessions on the shared
 * loop; it cannot rank them. `thread-heap`: heap and external memory of a thread. `process-rss`: RSS
 * of a child.
 */
const MEMORY_METHODS = ['equal-share', 'thread-heap', 'process-rss'] as const;

export const MemoryFigure = z.object({
  bytes: figure,
  /** The highest figure seen, looked at once a second. */
  peakBytes: figure,
  method: z.enum(MEMORY_METHODS),
  /** Sessions among which the measured whole was divided equally; 1 is a figure of its own. */
  sharedBy: count,
});
export type MemoryFigure = Readonly<z.output<typeof MemoryFigure>>;

export const AllocationFigure = z.object({
  /** Heap and external memory allocated per second, over the last second. */
  bytesPerS: figure,
  /** Growth of the heap over one in so many turns, scaled up. */
  method: z.literal('sampled'),
});
export type AllocationFigure = Readonly<z.output<typeof AllocationFigure>>;

/** A place in source code: source-mapped where the file has a map. */
export const CodePlace = z.object({
  function: z.string(),
  /** Relative to the working directory where it lies below it. */
  file: z.string(),
  line: z.int().min(1),
});
export type CodePlace = Readonly<z.output<typeof CodePlace>>;

/** Upper bounds of the histogram's buckets, in ms; the last bucket has none. */
export const BLOCK_BUCKETS_MS = [100, 200, 500, 1_000] as const;

export const BlockedFigure = z.object({
  count,
  totalMs: figure,
  longestMs: figure,
  /** Where the last block was; null where no line is known. */
  lastPlace: CodePlace.nullable(),
  /** Since the end of the last block; null where there was none, 0 while one lasts. */
  lastAgoMs: figure.nullable(),
  /** Blocks of the last minute by length: up to each of BLOCK_BUCKETS_MS, and longer. */
  minute: z.array(count).length(BLOCK_BUCKETS_MS.length + 1),
});
export type BlockedFigure = Readonly<z.output<typeof BlockedFigure>>;

/**
 * `session`: a session's turn, or a schema's, which has a tenant and an agent but no session yet; `host`:
 * code of no tenant; `gc`: garbage collection.
 */
const BLOCK_CAUSES = ['session', 'host', 'gc'] as const;

export const BlockRow = z.object({
  /** Unique within a pool. */
  block: z.string(),
  isolate: z.string(),
  cause: z.enum(BLOCK_CAUSES),
  session: z.string().nullable(),
  tenant: z.string().nullable(),
  agent: z.string().nullable(),
  /** Wall-clock start, ms since 1970. */
  startedAtMs: figure,
  /** So far, where it lasts. */
  durationMs: figure,
  isOngoing: z.boolean(),
  /** Null: `unknown (native)`, a call into native code that no stack can be taken of. */
  place: CodePlace.nullable(),
  /** Innermost first, at most ten; empty where no stack was taken. */
  stack: z.array(CodePlace),
});
export type BlockRow = Readonly<z.output<typeof BlockRow>>;

/** A bundle that lies in the pool's state directory. */
export const BundleRow = z.object({
  /** Absolute path. */
  file: z.string(),
  trigger: z.string(),
  /** Null: of the pool as a whole. */
  tenant: z.string().nullable(),
  /** Wall clock, ms since 1970. */
  createdAtMs: figure,
  sizeBytes: figure,
});
export type BundleRow = Readonly<z.output<typeof BundleRow>>;

/** One end of a session, kept for a while after it. */
export const EndRow = z.object({
  session: z.string(),
  tenant: z.string(),
  agent: z.string(),
  rung: z.enum(RUNGS),
  reason: z.enum(END_REASONS),
  status: z.enum(['succeeded', 'failed', 'cancelled']),
  /** Code of the error it ended with, where it has one. */
  code: z.string().nullable(),
  agoMs: figure,
  durationMs: figure,
  cpuMs: figure.nullable(),
  blockedMs: figure.nullable(),
});
export type EndRow = Readonly<z.output<typeof EndRow>>;

/** The machine and the process, once a second; null where the system does not say. */
export const SystemFigures = z.object({
  /** CPU of the pool's process, all threads, 1 is a whole core. */
  cpuRatio: figure,
  /** The same for each of the last 60 seconds, oldest first. */
  cpuHistory: z.array(figure),
  /** Latest that the main loop was in each of the last 60 seconds, in ms, oldest first. */
  loopLagHistoryMs: z.array(figure),
  coreCount: count,
  load: z.tuple([figure, figure, figure]),
  memoryUsedBytes: figure,
  memoryTotalBytes: figure,
  swapUsedBytes: figure.nullable(),
  swapTotalBytes: figure.nullable(),
  /** All interfaces but loopback. */
  receivedBytesPerS: figure.nullable(),
  sentBytesPerS: figure.nullable(),
});
export type SystemFigures = Readonly<z.output<typeof SystemFigures>>;

/** `off`: introspection is disabled; `lost`: the observer has died and is being restarted. */
const OBSERVER_STATES = ['watching', 'off', 'lost'] as const;

export const ObserverFigures = z.object({
  state: z.enum(OBSERVER_STATES),
  restarts: count,
  /** How old the held snapshot is, where the main loop could not make a new one; 0 where it could. */
  heldForMs: figure,
  slowSessionThresholdMs: figure,
});
export type ObserverFigures = Readonly<z.output<typeof ObserverFigures>>;

/** What of the pool's processes belongs to no session. */
export const Unattributed = z.object({
  cpu: CpuFigure,
  /** Of it, code of the host on the main loop. */
  hostMs: figure,
  rssBytes: figure,
});
export type Unattributed = Readonly<z.output<typeof Unattributed>>;

export const NO_BLOCKS: BlockedFigure = {
  count: 0,
  totalMs: 0,
  longestMs: 0,
  lastPlace: null,
  lastAgoMs: null,
  minute: [0, 0, 0, 0, 0],
};

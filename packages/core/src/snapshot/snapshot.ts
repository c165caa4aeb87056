/**
 * The snapshot's shape and version: the contract between a pool and everything that looks at it. A
 * reader refuses another version; a new optional field does not change it.
 */
import { z } from 'zod';
import { TenantryError } from '../errors/errors.js';
import { END_REASONS } from '../vocabulary/end-reason.js';
import { RUNGS } from '../vocabulary/rung.js';
import {
  AllocationFigure,
  BlockRow,
  BlockedFigure,
  BundleRow,
  CodePlace,
  CpuFigure,
  EndRow,
  MemoryFigure,
  ObserverFigures,
  SystemFigures,
  Unattributed,
} from './figures.js';
import { JobFigures } from './job-figures.js';
import {
  BREAKER_STATES,
  ISOLATE_END_REASONS,
  ISOLATE_STATES,
  SESSION_STATES,
  SESSION_STATUSES,
} from './report.js';

export const SNAPSHOT_VERSION = 2;

const count = z.int().min(0);
const figure = z.number().min(0);
const counts = z.record(z.string(), count);

const BreakerFigure = z.object({
  state: z.enum(BREAKER_STATES),
  /** False: it counts and says what it would have done, and refuses nobody. */
  enforced: z.boolean(),
  /** How often it has opened, failed probes included. */
  trips: count,
  /** Failed sessions of all in its window while closed; what it opened for otherwise. */
  failures: count,
  samples: count,
  cooldownMs: figure,
  /** Until a session may probe; null unless it is open. */
  nextProbeInMs: figure.nullable(),
});

const TenantRow = z.object({
  tenant: z.string(),
  /** Where the tenant's new sessions are placed. */
  rung: z.enum(RUNGS),
  active: count,
  /** The tenant's cap; null when it has none of its own. */
  maxSessions: count.nullable(),
  started: count,
  failures: count,
  ends: z.partialRecord(z.enum(END_REASONS), count),
  refusals: counts,
  messagesIn: count,
  messagesOut: count,
  strayErrors: count,
  quarantinedForMs: figure.nullable(),
  /** Null without a circuit breaker, and in snapshots that are older than breakers. */
  breaker: BreakerFigure.nullable().default(null),
  /** All of its sessions, ended ones included; null without introspection. */
  cpu: CpuFigure.nullable(),
  blocked: BlockedFigure,
  /** Of its running sessions. */
  memoryBytes: figure.nullable(),
  allocation: AllocationFigure.nullable(),
  queuedIn: count,
  queuedOut: count,
  /** Where the tenant is on the ladder, and why. */
  ladder: z
    .object({
      state: z.enum(['free', 'confined', 'probation', 'pinned']),
      rung: z.enum(RUNGS),
      floor: z.enum(RUNGS),
      ceiling: z.enum(RUNGS),
      pin: z.enum(RUNGS).nullable(),
      /** False where it is only told what would be done. */
      enforced: z.boolean(),
      score: figure,
      threshold: figure,
      relapses: count,
      /** How long it has been in this state. */
      sinceMs: figure,
      /** Time to serve, or of probation; null where there is no end to wait for. */
      leftMs: figure.nullable(),
      lastOffence: z
        .object({ kind: z.string(), agoMs: figure, place: CodePlace.nullable() })
        .nullable(),
    })
    .nullable()
    .optional(),
  /** Requests that wait for a permit. */
  queued: z.object({ waiting: count, oldestMs: figure }).optional(),
});

const IsolateRow = z.object({
  isolate: z.string(),
  /** Null for the shared loop and for spare isolates. */
  tenant: z.string().nullable(),
  rung: z.enum(RUNGS),
  scope: z.enum(['tenant', 'session']).nullable(),
  pid: z.int().nullable(),
  threadId: z.int().nullable(),
  state: z.enum(ISOLATE_STATES),
  /** fresh: reported lately; stale: the figures are the last good ones; lost: ended or never heard. */
  freshness: z.enum(['fresh', 'stale', 'lost']),
  reportAgeMs: figure.nullable(),
  sessions: count,
  ghosts: count,
  rssBytes: figure.nullable(),
  /** Of a child: its RSS, less what it shares with other processes, divided by their number. */
  pssBytes: figure.nullable(),
  heapUsedBytes: figure.nullable(),
  externalBytes: figure.nullable(),
  eluRatio: figure.nullable(),
  cpuMs: figure.nullable(),
  cpu: CpuFigure.nullable(),
  /** CPU of it that belongs to no session. */
  unattributedCpuMs: figure.nullable(),
  /** Latest that its loop was in the last second. */
  loopLagMs: figure.nullable(),
  memoryLimitMb: figure.nullable(),
  restarts: count,
  lastEnd: z
    .object({
      reason: z.enum(ISOLATE_END_REASONS),
      detail: z.string(),
      offender: z.string().optional(),
      agoMs: figure,
    })
    .nullable(),
});

const SessionRow = z.object({
  session: z.string(),
  tenant: z.string(),
  agent: z.string(),
  rung: z.enum(RUNGS),
  isolate: z.string(),
  state: z.enum(SESSION_STATES),
  durationMs: figure,
  /** Time since the last message in either direction. */
  idleMs: figure,
  /** Messages from the client to the agent, and back. */
  messagesIn: count,
  messagesOut: count,
  /** Messages sent and not yet consumed. */
  queuedIn: count,
  queuedOut: count,
  /** What a person wants to know first: the state, or `slow` for 5 s after a block, `idle` after 10 s. */
  status: z.enum(SESSION_STATUSES),
  cpu: CpuFigure.nullable(),
  blocked: BlockedFigure,
  memory: MemoryFigure.nullable(),
  allocation: AllocationFigure.nullable(),
});

export const Snapshot = z.object({
  schemaVersion: z.literal(SNAPSHOT_VERSION),
  takenAtMs: figure,
  runtime: z.object({
    name: z.string(),
    pid: z.int(),
    host: z.string(),
    node: z.string(),
    version: z.string(),
    deploymentVersion: z.string().nullable(),
    /** Where its log is; left out: on stderr, or where a log that the pool was handed has it. */
    logFile: z.string().optional(),
    /** Absolute; left out where nothing of it survives a restart. */
    stateDir: z.string().optional(),
    uptimeMs: figure,
    state: z.enum(['created', 'running', 'draining', 'closed']),
    /** How often agents have been loaded anew. */
    agentGeneration: count.optional(),
  }),
  totals: z.object({
    activeSessions: count,
    maxConcurrentSessions: count,
    totalSessionsStarted: count,
    totalSessionFailures: count,
    ends: z.partialRecord(z.enum(END_REASONS), count),
    refusals: counts,
    messagesIn: count,
    messagesOut: count,
    strayErrors: count,
    ghosts: count,
    /** Every process once: the pool's own and each child's. */
    rssBytes: figure,
    /** The pool's process and its children, isolates that are gone included; never goes back. */
    cpuMs: figure,
    isolatesEnded: count,
  }),
  /** How much of the whole the figures cover. */
  coverage: z.object({
    isolates: count,
    fresh: count,
    stale: count,
    lost: count,
    oldestReportAgeMs: figure.nullable(),
  }),
  registeredAgents: z.array(z.string()),
  sessionsByAgent: counts,
  sessionsByTenant: counts,
  tenants: z.array(TenantRow),
  isolates: z.array(IsolateRow),
  sessions: z.array(SessionRow),
  /** What adds the rows' shares up to the processes' own figures; null without introspection. */
  unattributed: Unattributed.nullable(),
  observer: ObserverFigures,
  system: SystemFigures.nullable(),
  /** The latest blocks, newest first, at most 100. */
  blocks: z.array(BlockRow),
  /** The latest ends, newest first, at most 50. */
  recentEnds: z.array(EndRow),
  /** The latest incident bundles, newest first, at most 20; absent where none are made. */
  bundles: z.array(BundleRow).optional(),
  /** Tenants above their floor, and what holds the ladder back. */
  confinement: z
    .object({
      systemic: z.object({ tenants: z.array(z.string()), sinceMs: figure }).nullable(),
      ejected: count,
      known: count,
      /** False while the audit trail cannot be written. */
      auditOk: z.boolean(),
      /** How many times since the start a new audit file began in the place of one gone or damaged. */
      auditRestarts: count.optional(),
      /** False while what a restart should find of tenants cannot be kept. */
      keepingOk: z.boolean().optional(),
    })
    .optional(),
  /** Left out where the pool takes no jobs. */
  jobs: JobFigures.optional(),
});
export type Snapshot = z.output<typeof Snapshot>;
export type TenantRow = z.output<typeof TenantRow>;
export type IsolateRow = z.output<typeof IsolateRow>;
export type SessionRow = z.output<typeof SessionRow>;

/**
 * A snapshot out of what came over a socket or out of a file.
 * @throws TENANTRY_INSPECTOR_REPLY_INVALID
 */
export function parseSnapshot(value: unknown): Snapshot {
  const parsed = Snapshot.safeParse(value);
  if (parsed.success) return parsed.data;
  const version = (value as { schemaVersion?: unknown } | null)?.schemaVersion;
  throw new TenantryError(
    'TENANTRY_INSPECTOR_REPLY_INVALID',
    version === SNAPSHOT_VERSION
      ? `the reply is no snapshot: ${z.prettifyError(parsed.error)}`
      : `snapshot of version ${String(version)}: this program reads version ${SNAPSHOT_VERSION}`,
    { details: { version, reads: SNAPSHOT_VERSION } },
  );
}

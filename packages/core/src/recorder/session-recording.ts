/**
 * What is kept of a session so that it can be replayed: what it was given and what came of it, in order.
 * A contract, versioned by `recording`. How values are written is told in `tagged-value.ts`; what of a
 * long session is kept, in `session-recorder.ts`.
 */
import { z } from 'zod';
import { TenantryError } from '../errors/errors.js';
import { END_REASONS } from '../vocabulary/end-reason.js';
import { isAgentName, isTenantId } from '../vocabulary/names.js';
import { RUNGS } from '../vocabulary/rung.js';
import { fromTagged } from './tagged-value.js';

export const RECORDING_VERSION = 1;

const Count = z.int().min(0);
const Ms = z.number();
/** See `tagged-value.ts`. */
const Tagged = z.unknown();
const At = { atMs: Ms };

interface RecordedErrorShape {
  name: string;
  message: string;
  stack?: string | undefined;
  code?: string | undefined;
  tenant?: string | undefined;
  session?: string | undefined;
  retryAfterMs?: number | undefined;
  details?: Record<string, unknown> | undefined;
  cause?: RecordedErrorShape | undefined;
}
const RecordedError: z.ZodType<RecordedErrorShape> = z.lazy(() =>
  z.strictObject({
    name: z.string(),
    message: z.string(),
    stack: z.string().optional(),
    code: z.string().optional(),
    tenant: z.string().optional(),
    session: z.string().optional(),
    retryAfterMs: z.number().optional(),
    details: z.record(z.string(), z.unknown()).optional(),
    cause: RecordedError.optional(),
  }),
);

const EffectOutcome = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('result'), value: Tagged }),
  z.strictObject({ kind: z.literal('error'), error: RecordedError }),
  z.strictObject({ kind: z.literal('uncarried'), why: z.string() }),
]);

const Notice = z.strictObject({
  reason: z.enum(END_REASONS).exclude(['completed', 'failed']),
  leftMs: Ms.nullable(),
  used: z.number().nullable(),
  limit: z.number().nullable(),
  detail: z.string(),
});

/** One thing that happened; `atMs` counts from the start of the session. */
const RecordedEvent = z.discriminatedUnion('kind', [
  /** A message from the client to the agent, and back. */
  z.strictObject({ kind: z.literal('in'), ...At, value: Tagged }),
  z.strictObject({ kind: z.literal('out'), ...At, value: Tagged }),
  /** A side effect at its end; `index` counts the effects of its name. */
  z.strictObject({
    kind: z.literal('effect'),
    ...At,
    name: z.string(),
    index: Count,
    durationMs: Ms,
    outcome: EffectOutcome,
  }),
  z.strictObject({ kind: z.literal('notice'), ...At, notice: Notice }),
  /** The client said that no more comes. */
  z.strictObject({ kind: z.literal('closed'), ...At }),
  /** It was asked to end. */
  z.strictObject({
    kind: z.literal('abort'),
    ...At,
    reason: z.enum(END_REASONS).exclude(['completed', 'failed']),
    detail: z.string().nullable(),
  }),
  /** It went on in another place. */
  z.strictObject({ kind: z.literal('moved'), ...At, rung: z.enum(RUNGS) }),
  /** In a replay only: an effect its recording does not have, and what a dry run refused. */
  z.strictObject({
    kind: z.literal('effect-missing'),
    ...At,
    name: z.string(),
    index: Count,
  }),
  z.strictObject({
    kind: z.literal('attempt'),
    ...At,
    call: z.string(),
    target: z.string(),
    where: z.string().nullable(),
    count: Count,
  }),
]);
export type RecordedEvent = z.output<typeof RecordedEvent>;

const Limits = z.strictObject({
  memoryLimitMb: z.number().nullable(),
  memoryHardLimitMb: z.number().nullable(),
  cpuLimitSeconds: z.number().nullable(),
  abortGraceMs: Ms,
  /** Of its isolate; null on the shared loop. */
  unresponsiveMs: Ms.nullable(),
  messages: z.record(z.string(), z.number()),
});

/** JSON: every value in it is written as `tagged-value.ts` says. */
export const SessionRecording = z.strictObject({
  recording: z.literal(RECORDING_VERSION),
  session: z.string().regex(/^[A-Za-z0-9_-]{1,128}$/),
  tenant: z.string().refine(isTenantId),
  agent: z.string().refine(isAgentName),
  /** SHA-256 of the agent's module and what it imports by relative path; null where it has no module. */
  agentHash: z.string().nullable(),
  /** File name of that module, without its folder. */
  agentFile: z.string().nullable(),
  deploymentVersion: z.string().nullable(),
  /** SHA-256 of the tenant's config, which itself is never kept. */
  configHash: z.string(),
  rung: z.enum(RUNGS),
  limits: Limits,
  /** Wall clock, ISO 8601. */
  startedAt: z.string(),
  input: Tagged,
  metadata: Tagged,
  /** The job it ran; null where a client had opened it. */
  job: z
    .strictObject({ id: z.string(), attempt: Count, interrupted: z.boolean() })
    .nullable()
    .default(null),
  events: z.array(RecordedEvent),
  /** Where the middle of a long session is missing; null: nothing is. */
  cut: z
    .strictObject({
      /** How many of `events` were before it. */
      afterEvents: Count,
      droppedEvents: Count,
      droppedBytes: Count,
    })
    .nullable(),
  /** Null while the session runs. */
  end: z
    .strictObject({
      atMs: Ms,
      status: z.enum(['succeeded', 'failed', 'cancelled']),
      reason: z.enum(END_REASONS),
      /** Where the agent completed. */
      result: Tagged.optional(),
      error: RecordedError.optional(),
    })
    .nullable(),
});
export type SessionRecording = z.output<typeof SessionRecording>;

/**
 * A recording out of JSON that may be anybody's: every value in it can be read afterwards.
 * @throws TENANTRY_RECORDING_INVALID
 */
export function parseSessionRecording(json: unknown): SessionRecording {
  const version = (json as { recording?: unknown } | null | undefined)?.recording;
  if (typeof version === 'number' && version !== RECORDING_VERSION) {
    throw new TenantryError(
      'TENANTRY_RECORDING_INVALID',
      `a recording of version ${version}; this is the tool for version ${RECORDING_VERSION}`,
      { details: { version, expected: RECORDING_VERSION } },
    );
  }
  const parsed = SessionRecording.safeParse(json);
  if (!parsed.success) {
    const first = parsed.error.issues[0];
    const where = first === undefined || first.path.length === 0 ? 'it' : first.path.join('.');
    throw new TenantryError(
      'TENANTRY_RECORDING_INVALID',
      `no recording of a session: ${where}: ${first?.message ?? 'unreadable'}`,
    );
  }
  checkValues(parsed.data);
  return parsed.data;
}

function checkValues({ input, metadata, events, end }: SessionRecording): void {
  fromTagged(input);
  fromTagged(metadata);
  if (end?.result !== undefined) fromTagged(end.result);
  for (const event of events) {
    if (event.kind === 'in' || event.kind === 'out') fromTagged(event.value);
    if (event.kind === 'effect' && event.outcome.kind === 'result') fromTagged(event.outcome.value);
  }
}

/**
 * Opens one session: checked → routed → admitted → placed. Everything before the permit is free of
 * effects; everything after it gives the permit back when it fails.
 */
import { randomUUID } from 'node:crypto';
import type { SessionPermit } from '../admission/session-permit.js';
import type { SessionSpec } from '../host/session-spec.js';
import { isAgent, type Agent } from '../host/agent.js';
import type { Metadata } from '../host/session.js';
import { cloneMessage } from '../channel/cloneable.js';
import { codeOf, hasCode } from '../errors/errors.js';
import type { Executor, Placed } from '../placement/executor.js';
import type { Placement } from '../placement/placement.js';
import { countEnd, countRefusal, type BookTotals } from '../tenant/tenant-books.js';
import type { Tenant } from '../tenant/tenant.js';
import { parseTenantId } from '../vocabulary/names.js';
import type { Rung } from '../vocabulary/rung.js';
import { ClientSession } from '../session/client-session.js';
import { RecordedSession } from '../session/recorded-session.js';
import { beginRecording } from './recording.js';
import type { Confinement } from './confinement.js';
import type { Incidents } from './incidents.js';
import type { Introspection } from './introspection.js';
import type { SessionInfo } from './observers.js';
import { parseConfig, parseInput, parseOpenRequest } from './open-request.js';
import type { Outcome } from '../session/outcome.js';
import type { ParsedPoolOptions } from './pool-options.js';
import type { PoolParts } from './pool-parts.js';
import { OpenedRules, OpenedSpec, Opening, type OpeningJob } from './opening-data.js';
import { resolveAgent } from './routing.js';
import { Origin } from '../session/session-move.js';
import type { TracedEnd, Tracing } from '../telemetry/tracing.js';

export interface OpeningParts extends PoolParts {
  readonly placement: Placement;
  readonly introspection: Introspection | undefined;
  /** Undefined where none are recorded. */
  readonly incidents: Incidents | undefined;
  readonly confinement: Confinement;
  /** Its place took a while: its tenant may be elsewhere than on the rung that was chosen for it. */
  readonly placedLate: (session: ClientSession, tenant: Tenant, chosen: Rung) => void;
  /** Undefined without `telemetry.traces`. */
  readonly tracing: Tracing | undefined;
}

const NO_METADATA: Metadata = Object.freeze({});
/** Refusals by admission of who had waited. */
const COUNTED = [
  'TENANTRY_POOL_DRAINING',
  'TENANTRY_TENANT_DRAINING',
  'TENANTRY_TENANT_QUARANTINED',
] as const;

/** A session, or a promise of one where its permit, its config or its place has to be waited for. */
export function openSession(
  parts: OpeningParts,
  input: unknown,
  job?: OpeningJob,
): ClientSession | Promise<ClientSession> {
  const opening = admitted(parts, input, job);
  const { permit } = opening;
  return permit instanceof Promise
    ? permit.then((taken) => placeAdmitted(parts, opening, taken))
    : placeAdmitted(parts, opening, permit);
}

function placeAdmitted(
  parts: OpeningParts,
  opening: Opening,
  permit: SessionPermit,
): ClientSession | Promise<ClientSession> {
  const { tenant } = opening;
  const refused = giveBack(tenant, permit);
  try {
    const current = opening.permit === permit ? opening : afterWait(parts, opening);
    const config = configOf(current);
    const placed =
      config instanceof Promise
        ? config.then((value: unknown) => place(parts, afterWait(parts, current), permit, value))
        : place(parts, current, permit, config);
    return placed instanceof Promise ? placed.catch(refused) : placed;
  } catch (error) {
    return refused(error);
  }
}

/** For a job, once it is kept that it is about to be entered. */
function configOf({ tenant, job }: Opening): unknown {
  const config = tenant.config.get();
  if (job === undefined) return config;
  return Promise.resolve(config).then(async (value: unknown) => {
    await job.entering();
    return value;
  });
}

/** Meanwhile a drain may have begun, and its tenant may have been moved. */
function afterWait({ confinement, admission }: OpeningParts, opening: Opening): Opening {
  const { tenant } = opening;
  const rung = confinement.rungAfterWait(tenant.id, opening.rung);
  admission.refuseLate(tenant, rung, opening.drainsBegun);
  if (rung === opening.rung) return opening;
  const { request, agent, input, metadata, permit, job } = opening;
  return new Opening(request, tenant, agent, rung, input, metadata, permit, job);
}

function giveBack(tenant: Tenant, permit: SessionPermit): (error: unknown) => never {
  return (error) => {
    permit.release();
    // A drain or quarantine that began meanwhile has been counted as what it is.
    const isCounted = COUNTED.some((code) => hasCode(error, code));
    if (!isCounted) countRefusal(tenant.books, 'placement');
    throw error;
  };
}

/** Everything that can refuse the request without leaving a trace but a count. */
function admitted(parts: OpeningParts, input: unknown, job: OpeningJob | undefined): Opening {
  const { options, catalog, tenants, admission } = parts;
  let books: BookTotals | undefined = parts.malformed;
  try {
    const request = parseOpenRequest(input);
    const tenant = tenants.get(parseTenantId(request.tenant));
    books = tenant.books;
    const metadata = copiedMetadata(request.metadata, options);
    const named = isAgent(request.agent) ? request.agent.name : request.agent;
    const name = resolveAgent(
      { tenant: tenant.id, agent: named as string | undefined, metadata },
      catalog,
      { router: options.router, acceptOnlyRegistered: options.acceptOnlyRegisteredRooms },
    );
    const agent = catalog.agentOf(name);
    const rung = parts.confinement.rungFor(tenant.id);
    // A refusal is admission's, which counts it under its own reason.
    books = undefined;
    if (agent.input !== undefined) admission.refuse(tenant, name, rung);
    books = tenant.books;
    const parsedInput = inputOf(parts, tenant.id, agent, request.input);
    books = undefined;
    const permit = admission.admit(tenant, name, request.signal, rung);
    return new Opening(request, tenant, agent, rung, parsedInput, metadata, permit, job);
  } catch (error) {
    if (books !== undefined) countRefusal(books, 'malformed');
    throw error;
  }
}

/** @throws TENANTRY_INPUT_INVALID, TENANTRY_MESSAGE_* */
export function inputOf(
  { schemas, options }: PoolParts,
  tenant: string,
  agent: Agent,
  input: unknown,
): unknown {
  const parsed = (): unknown => parseInput(agent, input, options.messages);
  return agent.input === undefined ? parsed() : schemas.run(tenant, agent.name, parsed);
}

function configFor({ schemas }: PoolParts, tenant: string, agent: Agent, config: unknown): unknown {
  if (agent.config === undefined) return config;
  return schemas.run(tenant, agent.name, () => parseConfig(agent, tenant, config));
}

function copiedMetadata(metadata: Metadata | undefined, options: ParsedPoolOptions): Metadata {
  if (metadata === undefined) return NO_METADATA;
  return cloneMessage(metadata, options.messages).value as Metadata;
}

function place(
  parts: OpeningParts,
  opening: Opening,
  permit: SessionPermit,
  config: unknown,
): ClientSession | Promise<ClientSession> {
  const { options, clock, replay } = parts;
  const { request, tenant, agent } = opening;
  const settings = parts.confinement.settingsOn(tenant, opening.rung);
  const job = opening.job?.job ?? replay?.job;
  const own: SessionSpec = new OpenedSpec(
    replay?.session ?? randomUUID(),
    opening,
    configFor(parts, tenant.id, agent, config),
    settings.record !== null,
    replay?.effects,
    job,
  );
  const span = parts.tracing?.session({ ...own, session: own.id, rung: opening.rung });
  const spec = span === undefined ? own : { ...own, metadata: span.carriedBy(own.metadata) };
  const recorder =
    settings.record === null ? undefined : beginRecording(parts, settings.record, spec, settings);
  let info: SessionInfo | undefined;
  const blockedMs = (id: string): number | null =>
    parts.introspection?.desk.blockedMsOf(id) ?? null;
  const rules = new OpenedRules(parts, opening, blockedMs, (ended, outcome) => {
    if (recorder !== undefined) parts.recordings.ended(recorder, outcome);
    parts.live.leave(ended);
    permit.end(outcome.status);
    parts.recentEnds.add(outcome, clock.nowMs());
    parts.introspection?.desk.forgetSession(ended.id);
    parts.confinement.ended(outcome);
    countEnd(tenant.books, outcome.reason, outcome.messagesIn, outcome.messagesOut);
    parts.metrics.sessionEnded(outcome.durationMs);
    span?.ended(tracedEnd(outcome));
    parts.incidents?.ended(outcome);
    if (info !== undefined) parts.observers.sessionEnded(info, outcome);
  });
  const session =
    recorder === undefined
      ? new ClientSession(spec.id, tenant.id, agent.name, rules)
      : new RecordedSession(spec, rules, recorder, options.messages);
  parts.live.join(session);
  const begin = (placed: Placed, executor: Executor): ClientSession => {
    tenant.books.started += 1;
    parts.incidents?.started(spec.id, tenant.id, agent.name, placed);
    if (!parts.observers.isEmpty) {
      info = infoOf(session, placed, opening.metadata, parts);
      parts.observers.sessionStarted(info);
    }
    session.placed(placed, new Origin(spec, executor, settings));
    if (request.signal !== undefined) followSignal(session, request.signal);
    return session;
  };
  const notPlaced = (error: unknown): never => {
    parts.live.leave(session);
    if (recorder !== undefined) parts.recordings.forget(recorder);
    span?.notPlaced(codeOf(error));
    session.notPlaced(error);
    throw error;
  };
  try {
    const executor = parts.placement.executorFor(settings);
    // An isolate outlives the session that starts it: it is not to be part of its span.
    const placed =
      span !== undefined && settings.isolation === 'coroutine'
        ? span.run(() => executor.start(spec, settings, session.onEnd))
        : executor.start(spec, settings, session.onEnd);
    if (!(placed instanceof Promise)) return begin(placed, executor);
    return placed
      .then((there) => {
        begin(there, executor);
        parts.placedLate(session, tenant, opening.rung);
        return session;
      })
      .catch(notPlaced);
  } catch (error) {
    return notPlaced(error);
  }
}

function infoOf(
  session: ClientSession,
  placed: Placed,
  metadata: Metadata,
  { clock, options }: OpeningParts,
): SessionInfo {
  return {
    session: session.id,
    tenant: session.tenant,
    agent: session.agent,
    rung: placed.rung,
    isolate: placed.isolate,
    metadata,
    startedAtMs: clock.epochMs(),
    deploymentVersion: options.deploymentVersion ?? null,
  };
}

function tracedEnd(outcome: Outcome): TracedEnd {
  return { ...outcome, code: codeOf(outcome.error) ?? null };
}

function followSignal(session: ClientSession, signal: AbortSignal): void {
  const cancel = (): void => session.abort('cancelled', 'its signal was aborted');
  if (signal.aborted) {
    cancel();
    return;
  }
  signal.addEventListener('abort', cancel, { once: true });
  void session.done.then(() => signal.removeEventListener('abort', cancel));
}

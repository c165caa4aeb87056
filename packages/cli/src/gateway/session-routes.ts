/** Opening, looking at and ending sessions over HTTP; their messages go over a WebSocket. */
import { z } from 'zod';
import type { SessionHandle } from '@tenantry/core';
import { toWireOutcome } from './frames.js';
import type { GatewayOptions } from './gateway-options.js';
import type { LiveSession } from './live-session.js';
import type { LiveSessions } from './live-sessions.js';
import type { Identity } from '../auth/identity.js';
import type { GatewayPool } from './ports.js';
import { Problem } from './problem.js';
import { json, withBody, type Answer, type Route } from './route.js';
import type { Tickets } from './tickets.js';

const DurationMs = z
  .number()
  .min(1)
  .max(30 * 24 * 3_600_000);

const OpenBody = z
  .strictObject({
    tenant: z.string().optional().describe("Left out: the caller's, or `default`."),
    agent: z.string().optional().describe('Left out, the routing chain decides.'),
    input: z.unknown().optional(),
    metadata: z.record(z.string(), z.unknown()).optional(),
    maxDurationMs: DurationMs.optional(),
    idleTimeoutMs: DurationMs.optional(),
  })
  .meta({ id: 'OpenSession' });

const Opened = z
  .object({
    session: z.string(),
    tenant: z.string(),
    agent: z.string(),
    url: z.string().describe('Path of the session, and of its WebSocket.'),
    ticket: z.string().describe('Opens the WebSocket once, as subprotocol `tenantry.ticket.…`.'),
    ticketTtlMs: z.number(),
    resumeGraceMs: z.number().describe('It is cancelled when no socket comes within this.'),
  })
  .meta({ id: 'OpenedSession' });

const OutcomeBody = z
  .object({
    session: z.string(),
    tenant: z.string(),
    agent: z.string(),
    status: z.enum(['succeeded', 'failed', 'cancelled']),
    reason: z.string(),
    result: z.unknown(),
    error: z.object({ code: z.string().nullable(), message: z.string() }).nullable(),
    isolation: z.string(),
    durationMs: z.number(),
    messagesIn: z.int(),
    messagesOut: z.int(),
  })
  .meta({ id: 'Outcome' });

const Info = z
  .object({
    session: z.string(),
    tenant: z.string(),
    agent: z.string(),
    state: z.enum(['starting', 'active', 'draining', 'ended']),
    socket: z.enum(['waiting', 'attached', 'over']),
    resumableFrom: z.int().describe('Fewest data frames a client must have received to resume.'),
    outcome: OutcomeBody.nullable(),
  })
  .meta({ id: 'Session' });

export interface SessionRouteParts {
  readonly pool: GatewayPool;
  readonly sessions: LiveSessions;
  readonly tickets: Tickets;
  readonly options: GatewayOptions;
}

const SESSION = '/v1/sessions/:session';

/** What its answer says of a session. The answer is kept for long after the session has gone. */
type OpenedFacts = Pick<SessionHandle, 'id' | 'tenant' | 'agent'>;

export function sessionRoutes({ pool, sessions, tickets, options }: SessionRouteParts): Route[] {
  const opened = ({ id, tenant, agent }: OpenedFacts, identity: Identity): Answer => {
    const url = `/v1/sessions/${id}`;
    const body: z.output<typeof Opened> = {
      session: id,
      tenant,
      agent,
      url,
      ticket: tickets.issue(id, identity),
      ticketTtlMs: options.ticketTtlMs,
      resumeGraceMs: options.resumeGraceMs,
    };
    return {
      kind: 'json',
      status: 201,
      body,
      headers: { location: url },
      // A ticket is good once: whoever asks again gets one of its own.
      again: () => opened({ id, tenant, agent }, identity),
    };
  };
  return [
    withBody(OpenBody.prefault({}), {
      name: 'sessions.open',
      method: 'POST',
      path: '/v1/sessions',
      summary: 'Opens a session.',
      isIdempotent: true,
      replies: { 201: Opened, 400: Problem, 422: Problem, 429: Problem, 503: Problem },
      about: ({ body }) => body.tenant,
      async serve({ body, identity }) {
        const tenant = body.tenant ?? identity.tenant ?? undefined;
        const handle = await pool.open({ ...body, tenant });
        sessions.add(handle, identity);
        return opened(handle, identity);
      },
    }),
    {
      name: 'sessions.read',
      method: 'GET',
      path: SESSION,
      summary: 'What a session is doing; with `Upgrade: websocket`, its messages.',
      replies: { 200: Info, 404: Problem },
      serve: ({ params, identity }) =>
        json(200, infoOf(sessions.named(params['session']!, identity))),
    },
    {
      name: 'sessions.read',
      method: 'DELETE',
      path: SESSION,
      summary: 'Cancels a session, and answers how it ended.',
      replies: { 200: OutcomeBody, 404: Problem },
      async serve({ params, identity }) {
        const { handle } = sessions.named(params['session']!, identity);
        return json(200, toWireOutcome(await handle.cancel('cancelled over HTTP')));
      },
    },
  ];
}

function infoOf(session: LiveSession): z.output<typeof Info> {
  const { id, tenant, agent, state } = session.handle;
  return {
    session: id,
    tenant,
    agent,
    state,
    socket: session.state,
    resumableFrom: session.resumableFrom,
    outcome: session.outcome === undefined ? null : toWireOutcome(session.outcome),
  };
}

/** Looking at a pool and steering it over HTTP: what the inspector socket offers, for those with a role. */
import { z } from 'zod';
import {
  HAND_RUNGS,
  LARGEST_CAP,
  LONGEST_DRAIN_MS,
  type ActRequest,
} from '@tenantry/core/internal';
import { Snapshot } from '@tenantry/core/snapshot';
import { RUNGS } from '@tenantry/core';
import type { EventStream } from './event-stream.js';
import type { GatewayPool } from './ports.js';
import { Problem } from './problem.js';
import { json, withBody, type Route } from './route.js';

const tenant = z.string();
const dryRun = z.boolean().optional().describe('Only says what would be done.');

const Act = z
  .discriminatedUnion('command', [
    z.strictObject({ command: z.literal('isolate'), tenant, as: z.enum(HAND_RUNGS), dryRun }),
    z.strictObject({ command: z.literal('release'), tenant, dryRun }),
    z.strictObject({ command: z.literal('pin'), tenant, rung: z.enum(RUNGS).nullable(), dryRun }),
    z.strictObject({
      command: z.literal('cap'),
      tenant,
      maxSessions: z.int().min(0).max(LARGEST_CAP).nullable(),
      dryRun,
    }),
    z.strictObject({ command: z.literal('trip'), tenant, dryRun }),
    z.strictObject({ command: z.literal('reset'), tenant, dryRun }),
    z.strictObject({
      command: z.literal('drain'),
      tenant: tenant.nullable().optional(),
      session: z.string().nullable().optional(),
      timeoutMs: z.int().min(0).max(LONGEST_DRAIN_MS).nullable().optional(),
      dryRun,
    }),
    z.strictObject({ command: z.literal('kick'), session: z.string(), dryRun }),
  ])
  .meta({ id: 'Act' });

const facts = z.record(z.string(), z.unknown());
const ActReply = z
  .object({
    command: z.string(),
    target: z.string(),
    isDryRun: z.boolean(),
    changed: z.boolean().describe('False where it was so already.'),
    before: facts,
    after: facts,
    said: z.string(),
    isAudited: z
      .boolean()
      .optional()
      .describe('False where the disk refused its record in the audit trail.'),
    isKept: z
      .boolean()
      .optional()
      .describe('False where the disk refused to keep it: a restart now would undo it.'),
  })
  .meta({ id: 'ActReply' });

const Explanation = z
  .object({
    about: z.enum(['tenant', 'session']),
    name: z.string(),
    sentences: z.array(z.string()),
    records: z.array(z.record(z.string(), z.unknown())),
  })
  .meta({ id: 'Explanation' });

const Me = z
  .object({
    kind: z.enum(['key', 'jwt', 'local']),
    id: z.string(),
    tenant: z.string().nullable(),
    role: z.enum(['tenant', 'viewer', 'operator', 'admin']),
    scopes: z.array(z.enum(['sessions', 'jobs', 'admin'])),
  })
  .meta({ id: 'Identity' });

export function adminRoutes(pool: GatewayPool, events: EventStream): Route[] {
  return [
    {
      name: 'admin.read',
      method: 'GET',
      path: '/v1/snapshot',
      summary: 'The whole pool as it is now.',
      replies: { 200: Snapshot.meta({ id: 'Snapshot' }), 403: Problem },
      serve: async () => json(200, await pool.snapshot()),
    },
    {
      name: 'admin.read',
      method: 'GET',
      path: '/v1/events',
      summary:
        'Snapshots, a second apart, and what happens in between, as server-sent events; `refused`, with a problem, is the last one when the credential is good no longer.',
      replies: { 200: 'text/event-stream', 403: Problem },
      serve: (call) => ({
        kind: 'stream',
        contentType: 'text/event-stream; charset=utf-8',
        begin: (response) => events.add(response, call),
      }),
    },
    {
      name: 'admin.read',
      method: 'GET',
      path: '/v1/explain/:name',
      summary: 'Why a tenant or session was refused, slow, moved or ended.',
      replies: { 200: Explanation, 404: Problem },
      about: ({ params }) => tenantNamed(pool, params['name']!),
      serve: async ({ params }) => json(200, await pool.explain(params['name']!)),
    },
    withBody(Act, {
      name: 'admin.act',
      method: 'POST',
      path: '/v1/control',
      summary:
        'Does something to a tenant, a session or the pool by hand; the audit trail keeps who.',
      isIdempotent: true,
      replies: { 200: ActReply, 400: Problem, 403: Problem, 404: Problem, 409: Problem },
      about: ({ body }) => tenantOf(pool, body),
      serve: async ({ body, identity }) =>
        json(200, await pool.act(body as ActRequest, identity.id)),
    }),
    {
      name: 'admin.read',
      method: 'GET',
      path: '/v1/me',
      isForAnyone: true,
      summary: 'Who the caller is to the gateway.',
      replies: { 200: Me, 401: Problem },
      serve: ({ identity }) => json(200, { ...identity, scopes: [...identity.scopes] }),
    },
  ];
}

/** The tenant of this name, or that of the session. */
async function tenantNamed(pool: GatewayPool, name: string): Promise<string | undefined> {
  return (await tenantOf(pool, { session: name })) ?? name;
}

/** Whom an act is about: the tenant it names, or that of the session; null for the whole pool. */
async function tenantOf(
  pool: GatewayPool,
  {
    tenant,
    session,
  }: { readonly tenant?: string | null | undefined; readonly session?: string | null | undefined },
): Promise<string | null | undefined> {
  const isSession = session !== undefined && session !== null;
  if (!isSession) return tenant ?? null;
  const { sessions } = await pool.snapshot();
  return sessions.find((row) => row.session.startsWith(session))?.tenant;
}

/**
 * Which agent a session goes to: named in the request → router → `metadata.agent` → `metadata.demo` →
 * room-name prefix `<agent>-` → the first registered. A name that is said but not registered is an
 * error, never a reason to go on.
 */
import { TenantryError, shown } from '../errors/errors.js';
import type { Metadata } from '../host/session.js';
import { parseAgentName } from '../vocabulary/names.js';

/** What a router is asked about. */
export interface RoutingRequest {
  readonly tenant: string;
  readonly agent?: string | undefined;
  readonly metadata: Metadata;
}

/** Answers an agent's name, or undefined to leave the choice to the rest of the chain. */
export type Router = (request: RoutingRequest) => string | undefined;

export interface RoutingRules {
  readonly router: Router | undefined;
  readonly acceptOnlyRegistered: boolean;
}

/** The names that are registered, oldest first. */
export interface KnownAgents {
  has(name: string): boolean;
  names(): Iterable<string>;
}

/**
 * @throws TENANTRY_AGENT_UNKNOWN, TENANTRY_AGENT_NAME_INVALID, TENANTRY_AGENT_NONE,
 *   TENANTRY_ROUTER_FAILED, TENANTRY_JOB_NOT_OURS
 */
export function resolveAgent(
  request: RoutingRequest,
  agents: KnownAgents,
  rules: RoutingRules,
): string {
  const named = request.agent ?? routed(request, rules.router) ?? fromMetadata(request.metadata);
  if (named !== undefined) {
    const name = parseAgentName(named);
    if (agents.has(name)) return name;
    throw unknown(name, agents, rules.acceptOnlyRegistered);
  }
  const owner = fromRoom(request.metadata['room'], agents);
  if (owner !== undefined) return owner;
  if (rules.acceptOnlyRegistered) {
    throw new TenantryError(
      'TENANTRY_JOB_NOT_OURS',
      `no registered agent owns room ${shown(request.metadata['room'])}`,
    );
  }
  for (const first of agents.names()) return first;
  throw new TenantryError('TENANTRY_AGENT_NONE', 'the pool has no agent: add or discover one');
}

function routed(request: RoutingRequest, router: Router | undefined): string | undefined {
  if (router === undefined) return undefined;
  let answer: unknown;
  try {
    answer = router(request);
  } catch (cause) {
    throw new TenantryError('TENANTRY_ROUTER_FAILED', 'the router threw', { cause });
  }
  if (answer === undefined || answer === null) return undefined;
  if (typeof answer === 'string') return answer;
  throw new TenantryError(
    'TENANTRY_ROUTER_FAILED',
    `the router answered ${shown(answer)}: expected an agent name or undefined`,
  );
}

function fromMetadata(metadata: Metadata): string | undefined {
  for (const key of ['agent', 'demo'] as const) {
    if (!Object.hasOwn(metadata, key)) continue;
    const value = metadata[key];
    if (value !== undefined && value !== null) return parseAgentName(value);
  }
  return undefined;
}

/** The longest registered name that is the room's prefix, so that `voice-eu` wins over `voice`. */
function fromRoom(room: unknown, agents: KnownAgents): string | undefined {
  if (typeof room !== 'string') return undefined;
  let owner: string | undefined;
  for (const name of agents.names()) {
    if (room.startsWith(`${name}-`) && name.length > (owner?.length ?? 0)) owner = name;
  }
  return owner;
}

function unknown(name: string, agents: KnownAgents, scoped: boolean): TenantryError {
  const known = [...agents.names()];
  const list =
    known.length === 0 ? 'none is registered' : `registered: ${known.slice(0, 20).join(', ')}`;
  return new TenantryError(
    scoped ? 'TENANTRY_JOB_NOT_OURS' : 'TENANTRY_AGENT_UNKNOWN',
    `agent "${name}" is not registered (${list})`,
    { details: { received: name } },
  );
}

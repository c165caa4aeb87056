/** What a client asks for when it opens a session, checked before anything starts. */
import { z } from 'zod';
import { cloneMessage } from '../channel/cloneable.js';
import type { MessageLimits } from '../channel/message-limits.js';
import { TenantryError } from '../errors/errors.js';
import type { Agent, Schema } from '../host/agent.js';
import type { Metadata } from '../host/session.js';
import { ownConfig } from '../tenant/tenant-config.js';
import { invalid } from './pool-options.js';

const DurationMs = z
  .number()
  .min(1)
  .max(30 * 24 * 3_600_000);

const Request = z.strictObject({
  tenant: z.unknown().optional(),
  agent: z.unknown().optional(),
  input: z.unknown().optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
  maxDurationMs: DurationMs.optional(),
  idleTimeoutMs: DurationMs.optional(),
  signal: z.custom<AbortSignal>(isSignal, { error: 'expected an AbortSignal' }).optional(),
});
export type ParsedOpenRequest = z.output<typeof Request>;

/** What a client writes. `agent` may be a name or the agent itself, which also gives the types. */
export interface OpenRequest<Received = unknown, Sent = unknown, Result = unknown> {
  /** 1 to 128 letters, digits, "-", "_"; `default` when left out. */
  readonly tenant?: string | undefined;
  /** Left out, the routing chain decides. */
  readonly agent?: string | Agent<Received, Sent, Result> | undefined;
  readonly input?: unknown;
  readonly metadata?: Metadata | undefined;
  /** Shorter than the tenant's own, for this session. */
  readonly maxDurationMs?: number | undefined;
  readonly idleTimeoutMs?: number | undefined;
  /** Aborting it cancels the session. */
  readonly signal?: AbortSignal | undefined;
}

/** @throws TENANTRY_OPTIONS_INVALID */
export function parseOpenRequest(input: unknown): ParsedOpenRequest {
  if (isSimple(input)) return { tenant: input.tenant, agent: input.agent, input: input.input };
  const parsed = Request.safeParse(input, { reportInput: true });
  if (parsed.success) return parsed.data;
  throw invalid('open', parsed.error);
}

/**
 * Whether it has nothing that the schema would check: tenant, agent and input are looked at further
 * on. Most requests are like this, and the schema is a fifth of what a short session costs.
 */
function isSimple(input: unknown): input is Pick<OpenRequest, 'tenant' | 'agent' | 'input'> {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return false;
  for (const key in input) {
    if (key !== 'tenant' && key !== 'agent' && key !== 'input') return false;
  }
  return true;
}

function isSignal(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as AbortSignal).aborted === 'boolean' &&
    typeof (value as AbortSignal).addEventListener === 'function'
  );
}

/**
 * The session's input as its agent will have it: parsed and copied.
 * @throws TENANTRY_INPUT_INVALID, TENANTRY_MESSAGE_*
 */
export function parseInput(agent: Agent, input: unknown, limits: MessageLimits): unknown {
  const value = agent.input === undefined ? input : parsedBy(agent.input, agent.name, input);
  return value === undefined ? undefined : cloneMessage(value, limits).value;
}

function parsedBy(schema: Schema, agent: string, input: unknown): unknown {
  const refused = (why: string, cause: unknown): TenantryError =>
    new TenantryError('TENANTRY_INPUT_INVALID', `input of agent "${agent}": ${why}`, { cause });
  let why: string;
  let cause: unknown;
  try {
    const parsed = schema.safeParse(input);
    if (parsed.success) return parsed.data;
    cause = parsed.error;
    const lines = parsed.error.issues.map(
      (issue) => `${issue.path.map(String).join('.') || 'input'}: ${issue.message}`,
    );
    why = lines.join('; ');
  } catch (error) {
    throw refused('its schema threw, or cannot be used synchronously', error);
  }
  throw refused(why, cause);
}

/**
 * The tenant's config as the agent asks for it: parsed, and a frozen copy like one nobody checks.
 * @throws TENANTRY_TENANT_CONFIG_FAILED
 */
export function parseConfig(agent: Agent, tenant: string, config: unknown): unknown {
  if (agent.config === undefined) return config;
  // Values of a config are secrets: paths and expectations are said, what stands there is not.
  const refused = (why: string): TenantryError =>
    new TenantryError(
      'TENANTRY_TENANT_CONFIG_FAILED',
      `config of tenant "${tenant}" does not suit agent "${agent.name}": ${why}`,
      { tenant },
    );
  let parsed;
  try {
    parsed = agent.config.safeParse(config);
  } catch {
    throw refused('its schema threw, or cannot be used synchronously');
  }
  if (!parsed.success) {
    const paths = parsed.error.issues.map(
      (issue) => `${issue.path.map(String).join('.') || 'config'} (${issue.code})`,
    );
    throw refused(paths.join(', '));
  }
  try {
    return ownConfig(parsed.data);
  } catch {
    throw refused('what its schema makes of it is no plain data');
  }
}

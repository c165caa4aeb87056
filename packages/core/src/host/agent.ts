/** What an agent is: a name, optional schemas, and the function that serves one session. */
import type { z } from 'zod';
import { TenantryError } from '../errors/errors.js';
import { isAgentName, parseAgentName } from '../vocabulary/names.js';
import type { Session } from './session.js';

/** Anything zod can parse with; `undefined` stands for "not checked". */
export type Schema = z.ZodType;

type Parsed<S> = S extends z.ZodType ? z.output<S> : unknown;

/** What `defineAgent` takes. */
export interface AgentDefinition<
  InputSchema extends Schema | undefined = undefined,
  ConfigSchema extends Schema | undefined = undefined,
  Received = unknown,
  Sent = unknown,
  Result = unknown,
> {
  /** 1 to 64 letters, digits, "-" or "_". */
  readonly name: string;
  /**
   * Parsed when the session is opened; a mismatch refuses it with TENANTRY_INPUT_INVALID. Both schemas run
   * on the pool's own loop, whatever rung the session is on: what they block, all sessions there wait for.
   */
  readonly input?: InputSchema;
  /** Parsed against the tenant's config; a mismatch is TENANTRY_TENANT_CONFIG_FAILED. */
  readonly config?: ConfigSchema;
  /** Serves one session. What it returns becomes the outcome's `result`. */
  run(
    session: Session<Parsed<InputSchema>, Parsed<ConfigSchema>, Received, Sent>,
  ): Promise<Result> | Result;
}

const BRAND = Symbol.for('tenantry.agent.v1');

/** An agent as the runtime holds it. Its type parameters are what a client of it exchanges. */
export interface Agent<Received = unknown, Sent = unknown, Result = unknown> {
  readonly name: string;
  readonly input?: Schema | undefined;
  readonly config?: Schema | undefined;
  readonly run: (session: Session) => unknown;
  /** Types only; never present. */
  readonly types?: { received: Received; sent: Sent; result: Result };
}

/**
 * Makes an agent of its definition. The same module runs on every rung.
 * @throws TENANTRY_AGENT_NAME_INVALID, TENANTRY_AGENT_INVALID
 */
export function defineAgent<
  InputSchema extends Schema | undefined = undefined,
  ConfigSchema extends Schema | undefined = undefined,
  Received = unknown,
  Sent = unknown,
  Result = unknown,
>(
  definition: AgentDefinition<InputSchema, ConfigSchema, Received, Sent, Result>,
): Agent<Received, Sent, Awaited<Result>> {
  const name = parseAgentName(definition.name);
  if (typeof definition.run !== 'function') {
    throw new TenantryError('TENANTRY_AGENT_INVALID', `agent "${name}" has no function "run"`);
  }
  const agent: Agent<Received, Sent, Awaited<Result>> = {
    name,
    input: definition.input,
    config: definition.config,
    run: definition.run.bind(definition) as (session: Session) => unknown,
  };
  Object.defineProperty(agent, BRAND, { value: true });
  return Object.freeze(agent);
}

/** Whether a value was made by `defineAgent`, also by another copy of this package. */
export function isAgent(value: unknown): value is Agent {
  return (
    typeof value === 'object' &&
    value !== null &&
    (value as Record<symbol, unknown>)[BRAND] === true &&
    isAgentName((value as Agent).name)
  );
}

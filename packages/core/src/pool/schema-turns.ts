/**
 * Agents' schemas, run as turns of the tenant that asks for a session. They are the agent's code, and run
 * on the pool's own loop on every rung, before there is a session: so that what they block, and what they
 * leave behind that throws, is their tenant's and not the host's.
 */
import { randomBytes } from 'node:crypto';
import { sessionlessId } from '../attribution/sessionless.js';
import type { TurnClock } from '../attribution/turn-clock.js';
import { runAs, type TurnOwner } from '../attribution/turn-scope.js';
import { detachedError } from '../errors/wire-error.js';

export class SchemaTurns {
  /** While the pool runs with introspection. */
  clock: TurnClock | undefined;
  /** Of the owner of all such turns of this pool. */
  readonly ownerId = sessionlessId(randomBytes(8).toString('hex'));

  /** What is thrown is an error of the runtime's making, as of what a session throws. */
  run<T>(tenant: string, agent: string, schema: () => T): T {
    const { clock } = this;
    const owner: TurnOwner = { id: this.ownerId, tenant, agent, turnSlot: 0 };
    clock?.enter(owner);
    try {
      return runAs(owner, () => detaching(schema));
    } finally {
      clock?.leave(owner);
    }
  }
}

/** Read in the same turn: what a schema throws may have getters. */
function detaching<T>(schema: () => T): T {
  try {
    return schema();
  } catch (error) {
    throw detachedError(error);
  }
}

/**
 * Errors that nobody awaited, and `process.exit`, when an agent's turn causes them. By default either
 * ends the whole process, and with it every other tenant's sessions. The turn's owner is known, so it
 * is told instead. What belongs to no session keeps Node's own behaviour.
 */
import process from 'node:process';
import { sessionOf } from '../attribution/sessionless.js';
import { currentOwner, type TurnOwner } from '../attribution/turn-scope.js';
import { TenantryError } from '../errors/errors.js';

export interface StrayErrorGuard {
  remove(): void;
}

type Tell = (owner: TurnOwner, error: unknown) => void;

/** Catches what escapes from sessions on this thread. `unowned` decides about everything else. */
export function guardStrayErrors(tell: Tell, unowned: (error: unknown) => void): StrayErrorGuard {
  const uncaught = (error: unknown): void => {
    const owner = currentOwner();
    if (owner !== undefined) tell(owner, error);
    else if (process.listenerCount('uncaughtException') === 1) unowned(error);
  };
  const unhandled = (error: unknown): void => {
    const owner = currentOwner();
    if (owner !== undefined) tell(owner, error);
    else if (process.listenerCount('unhandledRejection') === 1) unowned(error);
  };
  process.on('uncaughtException', uncaught);
  process.on('unhandledRejection', unhandled);
  return {
    remove: () => {
      process.off('uncaughtException', uncaught);
      process.off('unhandledRejection', unhandled);
    },
  };
}

/** What Node does with an error nobody listens for: it ends the process, with a stack and code 1. */
export function crashAsNodeWould(guard: () => StrayErrorGuard): (error: unknown) => void {
  return (error) => {
    guard().remove();
    process.nextTick(() => {
      throw error;
    });
  };
}

/** While installed, an agent on this thread that calls `process.exit` fails instead of exiting. */
export function guardExit(): StrayErrorGuard {
  const before = Object.getOwnPropertyDescriptor(process, 'exit')!;
  const exit = before.value as (code?: number | string | null) => never;
  const guarded = (code?: number | string | null): never => {
    const owner = currentOwner();
    if (owner === undefined) return exit(code);
    const session = sessionOf(owner.id);
    throw new TenantryError(
      'TENANTRY_AGENT_EXIT',
      `agent "${owner.agent}" called process.exit(${String(code ?? '')}) on the shared loop`,
      { tenant: owner.tenant, ...(session === null ? {} : { session }) },
    );
  };
  process.exit = guarded;
  return {
    remove: () => {
      const now = Object.getOwnPropertyDescriptor(process, 'exit');
      if (now?.value === guarded) Object.defineProperty(process, 'exit', before);
    },
  };
}

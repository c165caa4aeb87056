/**
 * What a pool answers on its socket, apart from what it can be asked: the client side is part of what
 * isolates load, and the schema of requests would weigh five megabytes in each.
 */
import { toWireError, type WireError } from '../errors/wire-error.js';

export type InspectorReply =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: WireError };

/** Whether what came over a socket is a reply; anyone may listen there. */
export function isReply(value: unknown): value is InspectorReply {
  if (typeof value !== 'object' || value === null) return false;
  const { ok, error } = value as { ok?: unknown; error?: Partial<WireError> | null };
  return ok === true || (ok === false && typeof error?.message === 'string');
}

/** An error as a reply; without its stack, which is nobody's business on the other side. */
export function refusalReply(error: unknown): InspectorReply {
  const { stack: _stack, cause: _cause, ...said } = toWireError(error);
  return { ok: false, error: said };
}

/**
 * Errors as data and back: the single place that does it. A structured clone keeps name, message,
 * stack and cause but drops `code`, and a thrown value need not be an error at all.
 */
import { isErrorCode } from './error-codes.js';
import { TenantryError, shown } from './errors.js';

/** An error as plain data: JSON and structured clone keep it whole. */
export interface WireError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string;
  readonly tenant?: string;
  readonly session?: string;
  readonly retryAfterMs?: number;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: WireError;
}

const DEEPEST_CAUSE = 8;
const LONGEST_TEXT = 8_192;

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value.slice(0, LONGEST_TEXT) : undefined;
}

function jsonOf(details: unknown): Readonly<Record<string, unknown>> | undefined {
  try {
    const plain: unknown = JSON.parse(JSON.stringify(details));
    return typeof plain === 'object' && plain !== null && Object.keys(plain).length > 0
      ? (plain as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Any thrown value as data. Never throws, whatever getters the value has. */
export function toWireError(thrown: unknown, depth = 0): WireError {
  if (typeof thrown !== 'object' || thrown === null) {
    return { name: 'Error', message: `thrown: ${shown(thrown)}` };
  }
  try {
    const error = thrown as Record<string, unknown>;
    const stack = textOf(error['stack']);
    const code = textOf(error['code']);
    // Each is read once: a getter may answer something else the second time.
    const { tenant, session, retryAfterMs, cause } = error;
    const details = isErrorCode(code) ? jsonOf(error['details']) : undefined;
    return {
      name: textOf(error['name']) ?? 'Error',
      message: textOf(error['message']) ?? `thrown: ${shown(thrown)}`,
      ...(stack === undefined ? {} : { stack }),
      ...(code === undefined ? {} : { code }),
      ...(typeof tenant === 'string' ? { tenant } : {}),
      ...(typeof session === 'string' ? { session } : {}),
      ...(typeof retryAfterMs === 'number' ? { retryAfterMs } : {}),
      ...(details === undefined ? {} : { details }),
      ...(cause === undefined || depth >= DEEPEST_CAUSE
        ? {}
        : { cause: toWireError(cause, depth + 1) }),
    };
  } catch {
    return { name: 'Error', message: 'thrown: an object whose properties throw' };
  }
}

/** The error back from its data: ours as `TenantryError`, a user's with its own name and code. */
export function fromWireError(wire: WireError): Error {
  const cause = wire.cause === undefined ? undefined : fromWireError(wire.cause);
  const error = isErrorCode(wire.code)
    ? new TenantryError(wire.code, wire.message, {
        ...(wire.tenant === undefined ? {} : { tenant: wire.tenant }),
        ...(wire.session === undefined ? {} : { session: wire.session }),
        ...(wire.retryAfterMs === undefined ? {} : { retryAfterMs: wire.retryAfterMs }),
        ...(wire.details === undefined ? {} : { details: wire.details }),
        cause,
      })
    : Object.assign(
        new Error(wire.message, cause === undefined ? undefined : { cause }),
        wire.code === undefined ? {} : { code: wire.code },
      );
  if (error.name !== wire.name) {
    Object.defineProperty(error, 'name', { value: wire.name, configurable: true, writable: true });
  }
  if (wire.stack !== undefined) {
    Object.defineProperty(error, 'stack', {
      value: wire.stack,
      configurable: true,
      writable: true,
    });
  }
  return error;
}

/**
 * What an agent threw, as an error that leaves its session: the same that an isolate would tell, with
 * text where text belongs, and nothing in it that is the agent's to change or to be asked.
 */
export function detachedError(thrown: unknown): Error {
  return fromWireError(toWireError(thrown));
}

/**
 * The one error class and how to test for it. Callers test codes, never `instanceof`: an error that
 * crossed a thread, a process or a test realm has lost its class but not its code.
 */
import { ERROR_CODES, isErrorCode, type ErrorCode } from './error-codes.js';

export interface ErrorFields {
  readonly tenant?: string;
  readonly session?: string;
  /** How long to wait before the same call is worth repeating, in milliseconds. */
  readonly retryAfterMs?: number;
  /** Plain data: the received value, the limit, the path. Never a secret. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** Every failure and refusal of the runtime. Its `code` is the contract; the message is for people. */
export class TenantryError extends Error {
  override readonly name: string = 'TenantryError';
  readonly code: ErrorCode;
  /** Whether the same call can succeed later without anyone changing it. */
  readonly retryable: boolean;
  declare readonly tenant?: string;
  declare readonly session?: string;
  declare readonly retryAfterMs?: number;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, fields: ErrorFields = {}) {
    super(message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.code = code;
    this.retryable = ERROR_CODES[code].retryable;
    if (fields.tenant !== undefined) this.tenant = fields.tenant;
    if (fields.session !== undefined) this.session = fields.session;
    if (fields.retryAfterMs !== undefined) this.retryAfterMs = fields.retryAfterMs;
    this.details = fields.details ?? {};
  }
}

/**
 * The same error without the frames of a stack, for refusals: they come in floods, their message says
 * all there is to say, and collecting frames is three quarters of what an error costs (see the bench
 * `admission`). Node builds its own errors like this.
 */
export function withoutStack(code: ErrorCode, message: string, fields: ErrorFields): TenantryError {
  const limit = Error.stackTraceLimit;
  try {
    Error.stackTraceLimit = 0;
  } catch {
    // Frozen intrinsics: it has its frames then.
    return new TenantryError(code, message, fields);
  }
  // Nothing of anyone else's runs in between, and the constructor does not throw.
  const error = new TenantryError(code, message, fields);
  Error.stackTraceLimit = limit;
  return error;
}

/** The `code` of anything thrown, or undefined. Never throws, whatever getters the value has. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  try {
    const { code } = error as { code?: unknown };
    return typeof code === 'string' ? code : undefined;
  } catch {
    return undefined;
  }
}

/** Whether anything thrown carries this code, also after it crossed a thread or process. */
export function hasCode(error: unknown, code: ErrorCode): error is TenantryError {
  return codeOf(error) === code;
}

/** Whether anything thrown is one of the runtime's own errors. */
export function isTenantryError(error: unknown): error is TenantryError {
  return isErrorCode(codeOf(error));
}

const LONGEST_SHOWN = 80;

/** A received value as it may stand in a message: short, quoted, without control characters. */
export function shown(value: unknown): string {
  if (typeof value === 'string') {
    const cut = value.length > LONGEST_SHOWN ? `${value.slice(0, LONGEST_SHOWN)}…` : value;
    // JSON escapes C0; DEL, C1 and the marks that reorder text on a terminal are escaped here.
    return JSON.stringify(cut).replace(
      /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
      (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
  }
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'symbol') return 'a symbol';
  if (typeof value === 'object' && value !== null)
    return Array.isArray(value) ? 'an array' : 'an object';
  return String(value);
}

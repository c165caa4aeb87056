/** One request to a gateway, and its answer as data or as the coded error that it is. */
import { isErrorCode, type ErrorCode } from '../errors/error-codes.js';
import { TenantryError } from '../errors/errors.js';

export type Fetch = typeof globalThis.fetch;

/** Answers the credential as it is by then; undefined: none. */
export type Credential = () => Promise<string | undefined>;

export interface HttpParts {
  readonly baseUrl: string;
  readonly fetch: Fetch;
  readonly credential: Credential;
}

export interface CallOptions {
  /** The body, as JSON. */
  readonly json?: string;
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal | undefined;
}

/** @throws TENANTRY_CONNECTION_LOST, and whatever the gateway refuses it with */
export async function call<Reply>(
  { baseUrl, fetch, credential }: HttpParts,
  method: string,
  path: string,
  { json, idempotencyKey, signal }: CallOptions = {},
): Promise<Reply> {
  const token = await credential();
  const headers: Record<string, string> = {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(json === undefined ? {} : { 'content-type': 'application/json' }),
    ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
  };
  let response;
  let reply: unknown;
  try {
    response = await fetch(`${baseUrl}${path}`, {
      method,
      headers,
      ...(json === undefined ? {} : { body: json }),
      ...(signal === undefined ? {} : { signal }),
    });
    reply = await response.json();
  } catch (cause) {
    throw new TenantryError('TENANTRY_CONNECTION_LOST', `${method} ${path}: no answer`, { cause });
  }
  if (response.ok) return reply as Reply;
  throw fromProblem(reply, response.status);
}

interface ProblemFields {
  readonly code?: unknown;
  readonly detail?: unknown;
  readonly retryAfterMs?: unknown;
}

function fromProblem(problem: unknown, status: number): TenantryError {
  const { code, detail, retryAfterMs } = (problem ?? {}) as ProblemFields;
  const known: ErrorCode = isErrorCode(code) ? code : 'TENANTRY_CONNECTION_LOST';
  const text = typeof detail === 'string' ? detail : `status ${status}`;
  return new TenantryError(known, text, {
    ...(typeof retryAfterMs === 'number' ? { retryAfterMs } : {}),
    details: { status },
  });
}

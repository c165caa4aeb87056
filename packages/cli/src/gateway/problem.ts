/** A failure as the body of an answer: RFC 9457, with the code that callers test. Never with a stack. */
import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  ERROR_CODES,
  codeOf,
  isErrorCode,
  type ErrorCode,
  type TenantryError,
} from '@tenantry/core';
import { systemClock } from '@tenantry/core/internal';
import { z } from 'zod';
import { statusOf } from './status.js';

const MS_PER_S = 1_000;
/** How long the other side may take to hang up. */
const LINGER_MS = 500;
/** What 429 and 503 say where nothing is known of when it is worth trying again. */
const RETRY_AFTER_MS = 1_000;

export const Problem = z
  .object({
    type: z.string().describe('Where the code is explained.'),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string().describe('The contract: TENANTRY_…'),
    retryable: z.boolean(),
    retryAfterMs: z.number().min(0).optional(),
    requestId: z.string(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.output<typeof Problem>;

/** An error that is none of ours is a bug of ours, and its text is nobody's business outside. */
export function toProblem(error: unknown, requestId: string): Problem {
  const code = codeOf(error);
  if (!isErrorCode(code)) {
    return problem('TENANTRY_INTERNAL', 'it is logged under the request id', requestId);
  }
  const { message, retryAfterMs } = error as TenantryError;
  return problem(code, message, requestId, retryAfterMs);
}

function problem(
  code: ErrorCode,
  detail: string,
  requestId: string,
  retryAfterMs?: number,
): Problem {
  const status = statusOf(code);
  const isBusy = status === 429 || status === 503;
  const afterMs = retryAfterMs ?? (isBusy ? RETRY_AFTER_MS : undefined);
  return {
    type: `urn:tenantry:error:${code}`,
    title: ERROR_CODES[code].meaning,
    status,
    detail,
    code,
    retryable: ERROR_CODES[code].retryable,
    ...(afterMs === undefined ? {} : { retryAfterMs: afterMs }),
    requestId,
  };
}

function problemHeaders({ status, retryAfterMs }: Problem): Record<string, string> {
  return {
    'content-type': 'application/problem+json',
    ...(retryAfterMs === undefined
      ? {}
      : { 'retry-after': `${Math.max(1, Math.ceil(retryAfterMs / MS_PER_S))}` }),
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
  };
}

export function writeProblem(
  response: ServerResponse,
  body: Problem,
  headers: Record<string, string>,
): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const text = JSON.stringify(body);
  response.writeHead(body.status, {
    ...headers,
    ...problemHeaders(body),
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

/** Ends a connection on which there is no response to write to. */
export function endWithProblem(
  stream: Duplex,
  body: Problem,
  headers: Record<string, string> = {},
): void {
  const text = JSON.stringify(body);
  const all = {
    'x-request-id': body.requestId,
    ...headers,
    ...problemHeaders(body),
    connection: 'close',
    'content-length': Buffer.byteLength(text),
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  const status = `HTTP/1.1 ${body.status} ${STATUS_CODES[body.status]}`;
  // Not at once: what the other side still sends would have it lose the answer.
  stream.end([status, ...lines, '', text].join('\r\n'), () =>
    systemClock.after(LINGER_MS, () => stream.destroy()),
  );
}

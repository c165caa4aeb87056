/** A failure as the body of an answer: RFC 9457, with the code that callers test. Never with a stack. */
import type { ServerResponse } from 'node:http';
import {
  ERROR_CODES,
  codeOf,
  isErrorCode,
  type ErrorCode,
  type TenantryError,
} from '@tenantry/core';
import { z } from 'zod';
import { statusOf } from './status.js';

const MS_PER_S = 1_000;
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

export function problemHeaders({ status, retryAfterMs }: Problem): Record<string, string> {
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

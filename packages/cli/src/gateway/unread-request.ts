/** The answer to what never became a request: it did not come in time, is too large, or is no HTTP. */
import { randomUUID } from 'node:crypto';
import http from 'node:http';
import type { Duplex } from 'node:stream';
import { TenantryError, codeOf, type ErrorCode } from '@tenantry/core';
import { endWithProblem, toProblem } from './problem.js';

interface Refusal {
  readonly code: ErrorCode;
  readonly detail: string;
  /** Where HTTP has a word of its own for it. */
  readonly status?: number;
}

const NO_HTTP: Refusal = { code: 'TENANTRY_REQUEST_INVALID', detail: 'it cannot be read as HTTP' };

/** By the code of Node's error. */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  ERR_HTTP_REQUEST_TIMEOUT: {
    code: 'TENANTRY_REQUEST_TIMEOUT',
    detail: 'it did not arrive whole in time',
  },
  HPE_HEADER_OVERFLOW: {
    code: 'TENANTRY_REQUEST_TOO_LARGE',
    detail: `headers: at most ${http.maxHeaderSize} bytes`,
    status: 431,
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    code: 'TENANTRY_REQUEST_TOO_LARGE',
    detail: 'body: its chunks have too many extensions',
  },
};

/** Listens to `clientError` of a server. */
export function refuseUnread(error: Error, stream: Duplex): void {
  if (!stream.writable || codeOf(error) === 'ECONNRESET') {
    stream.destroy();
    return;
  }
  const { code, detail, status } = REFUSALS[codeOf(error) ?? ''] ?? NO_HTTP;
  const problem = toProblem(new TenantryError(code, detail), randomUUID());
  endWithProblem(stream, status === undefined ? problem : { ...problem, status });
}

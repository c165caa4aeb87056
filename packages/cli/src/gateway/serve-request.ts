/** One request from its arrival to its answer: matched, admitted, read, served once. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { z } from 'zod';
import { TenantryError, codeOf } from '@tenantry/core';
import { authorize } from '../auth/authorize.js';
import type { Identity } from '../auth/identity.js';
import { identified, outcomeOf, whoseCredential, type Headers } from './admit.js';
import { readBody } from './body.js';
import type { GatewayOptions } from './gateway-options.js';
import { idempotencyKeyOf, type Idempotency } from './idempotency.js';
import { checkHost, checkOrigin, corsHeaders, preflightHeaders } from './origin-guard.js';
import type { GatewayParts } from './ports.js';
import { toProblem, writeProblem } from './problem.js';
import { requestIdOf } from './request-id.js';
import type { Answer, Call, Route } from './route.js';
import type { Router } from './router.js';

const NO_CONTENT = 204;

export interface RequestParts extends Pick<
  GatewayParts,
  'authenticator' | 'limits' | 'counters' | 'onDecision' | 'log'
> {
  readonly options: GatewayOptions;
  readonly router: Router;
  readonly idempotency: Idempotency;
}

export class ServedRequest {
  readonly #parts: RequestParts;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #requestId: string;
  readonly #headers: Headers;
  #route: Route | undefined;

  constructor(parts: RequestParts, request: IncomingMessage, response: ServerResponse) {
    this.#parts = parts;
    this.#request = request;
    this.#response = response;
    this.#requestId = requestIdOf(request);
    this.#headers = {
      'x-request-id': this.#requestId,
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    };
  }

  async serve(): Promise<void> {
    const { counters, log } = this.#parts;
    try {
      checkHost(this.#request);
      checkOrigin(this.#request, this.#parts.options);
      Object.assign(this.#headers, corsHeaders(this.#request, this.#parts.options));
      const [path = '', query = ''] = (this.#request.url ?? '').split('?', 2);
      if (this.#request.method === 'OPTIONS') {
        this.#answerPreflight(path);
        return;
      }
      const answer = await this.#answer(path, new URLSearchParams(query));
      counters?.count(this.#route!.name, 'ok');
      this.#write(answer);
    } catch (error) {
      if (this.#route !== undefined) counters?.count(this.#route.name, outcomeOf(error));
      const problem = toProblem(error, this.#requestId);
      if (problem.code === 'TENANTRY_INTERNAL') {
        log.error({ requestId: this.#requestId, err: error }, '[gateway] request failed');
      }
      writeProblem(this.#response, problem, { ...this.#headers, ...allowOf(error) });
    }
  }

  async #answer(path: string, query: URLSearchParams): Promise<Answer> {
    const { options, router, idempotency } = this.#parts;
    const request = this.#request;
    const { route, params } = router.match(request.method ?? '', path);
    this.#route = route;
    const { name } = route;
    const identity = await identified(this.#parts, name, request, this.#headers);
    const read = route.body === undefined ? undefined : await readBody(request, options);
    const body = route.body === undefined ? undefined : parseBody(route.body, read);
    const call: Call = {
      request,
      requestId: this.#requestId,
      identity,
      params,
      query,
      body,
      stillAdmitted: async () =>
        this.#authorize(route, await whoseCredential(this.#parts, request), call),
    };
    await this.#authorize(route, identity, call);
    const key = route.isIdempotent === true ? idempotencyKeyOf(request) : undefined;
    if (key === undefined) return route.serve(call);
    const asked = { caller: identity.id, route: name, key };
    return idempotency.once(asked, read, async () => route.serve(call));
  }

  /** @throws TENANTRY_FORBIDDEN */
  async #authorize(route: Route, identity: Identity, call: Call): Promise<void> {
    if (route.isForAnyone === true) return;
    authorize(identity, route.name, await route.about?.(call), this.#parts.onDecision);
  }

  #answerPreflight(path: string): void {
    const methods = this.#parts.router.methodsAt(path);
    const headers = preflightHeaders(this.#request, this.#parts.options, methods);
    this.#response.writeHead(NO_CONTENT, { ...this.#headers, ...headers });
    this.#response.end();
  }

  #write(answer: Answer): void {
    const response = this.#response;
    for (const [name, value] of Object.entries(this.#headers)) response.setHeader(name, value);
    if (answer.kind === 'stream') {
      response.writeHead(200, { 'content-type': answer.contentType });
      if (this.#request.method === 'HEAD') response.end();
      else answer.begin(response);
      return;
    }
    const isJson = answer.kind === 'json';
    const text = isJson ? JSON.stringify(answer.body) : answer.text;
    response.writeHead(isJson ? answer.status : 200, {
      ...answer.headers,
      'content-type': isJson ? 'application/json' : answer.contentType,
      'content-length': Buffer.byteLength(text),
    });
    response.end(text);
  }
}

function allowOf(error: unknown): Headers {
  if (codeOf(error) !== 'TENANTRY_METHOD_NOT_ALLOWED') return {};
  return { allow: String((error as TenantryError).details['allow']) };
}

/** @throws TENANTRY_REQUEST_INVALID */
function parseBody(schema: z.ZodType, body: unknown): unknown {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map(
    ({ path, message }) => `${path.map(String).join('.') || 'body'}: ${message}`,
  );
  throw new TenantryError('TENANTRY_REQUEST_INVALID', lines.join('; ').slice(0, 1_000));
}

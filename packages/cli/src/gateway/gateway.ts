/**
 * The front of a service: HTTP requests and WebSockets on one port, for a pool. Binding the port is
 * left to `server.ts`, so that it can stand inside a server that somebody else has.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { z } from 'zod';
import { TenantryError, codeOf } from '@tenantry/core';
import { admit, outcomeOf, type Headers } from './admit.js';
import { readBody } from './body.js';
import { GatewayOptions, type GatewayOptionsInput } from './gateway-options.js';
import { healthRoutes } from './health-routes.js';
import { LiveSessions } from './live-sessions.js';
import { checkOrigin, corsHeaders } from './origin-guard.js';
import type { GatewayParts } from './ports.js';
import { toProblem, writeProblem } from './problem.js';
import { requestIdOf } from './request-id.js';
import type { Answer, Call, Route } from './route.js';
import { Router, type Match } from './router.js';
import { sessionRoutes } from './session-routes.js';
import { Tickets } from './tickets.js';
import { Upgrades } from './upgrade.js';

export interface Gateway {
  readonly options: GatewayOptions;
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  handleUpgrade(request: IncomingMessage, stream: Duplex, head: Buffer): Promise<void>;
  /** Closes every socket with 1001. The pool is left to whoever made it. */
  close(): void;
}

/** @throws TENANTRY_OPTIONS_INVALID */
export function createGateway(
  parts: GatewayParts & { readonly options?: GatewayOptionsInput },
): Gateway {
  const options = parseOptions(parts.options ?? {});
  const { pool, clock, log, counters } = parts;
  const sessions = new LiveSessions({ clock, options });
  const tickets = new Tickets(clock, options.ticketTtlMs);
  const routes = [
    ...sessionRoutes({ pool, sessions, tickets, options, clock }),
    ...healthRoutes(pool),
  ];
  const router = new Router(routes);
  const upgrades = new Upgrades({ ...parts, options, sessions, tickets });

  const answer = async (
    request: IncomingMessage,
    requestId: string,
    headers: Headers,
    found: (route: Route) => void,
  ): Promise<Answer> => {
    checkOrigin(request, options);
    Object.assign(headers, corsHeaders(request, options));
    const [path = '', query = ''] = (request.url ?? '').split('?', 2);
    const { route, params }: Match = router.match(request.method ?? '', path);
    found(route);
    const identity = await admit(parts, {
      request,
      route: route.name,
      access: route.access,
      headers,
    });
    const body =
      route.body === undefined
        ? undefined
        : parseBody(route.body, await readBody(request, options));
    const call: Call = {
      request,
      requestId,
      identity,
      params,
      query: new URLSearchParams(query),
      body,
    };
    return route.serve(call);
  };

  return {
    options,
    async handle(request, response) {
      const requestId = requestIdOf(request);
      const headers: Headers = {
        'x-request-id': requestId,
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
      };
      let route: Route | undefined;
      try {
        const given = await answer(request, requestId, headers, (found) => (route = found));
        counters?.count(route!.name, 'ok');
        write(response, given, headers);
      } catch (error) {
        if (route !== undefined) counters?.count(route.name, outcomeOf(error));
        const problem = toProblem(error, requestId);
        if (problem.code === 'TENANTRY_INTERNAL')
          log.error({ requestId, err: error }, '[gateway] request failed');
        writeProblem(response, problem, { ...headers, ...allowOf(error) });
      }
    },
    handleUpgrade: (request, stream, head) => upgrades.take(request, stream, head),
    close: () => sessions.close(),
  };
}

function write(response: ServerResponse, answer: Answer, headers: Headers): void {
  if (answer.kind === 'stream') {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    answer.begin(response);
    return;
  }
  const isJson = answer.kind === 'json';
  const text = isJson ? JSON.stringify(answer.body) : answer.text;
  response.writeHead(isJson ? answer.status : 200, {
    ...headers,
    ...(isJson ? answer.headers : {}),
    'content-type': isJson ? 'application/json' : answer.contentType,
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}

function allowOf(error: unknown): Headers {
  if (codeOf(error) !== 'TENANTRY_METHOD_NOT_ALLOWED') return {};
  return { allow: String((error as TenantryError).details['allow']) };
}

/** @throws TENANTRY_OPTIONS_INVALID */
function parseOptions(input: GatewayOptionsInput): GatewayOptions {
  const parsed = GatewayOptions.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new TenantryError('TENANTRY_OPTIONS_INVALID', `gateway: ${z.prettifyError(parsed.error)}`);
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

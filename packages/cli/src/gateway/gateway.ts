/**
 * The front of a service: HTTP requests and WebSockets on one port, for a pool. Binding the port is
 * left to `server.ts`, so that it can stand inside a server that somebody else has.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { z } from 'zod';
import { TenantryError } from '@tenantry/core';
import { adminRoutes } from './admin-routes.js';
import { EventStream } from './event-stream.js';
import { GatewayOptions, type GatewayOptionsInput } from './gateway-options.js';
import { healthRoutes } from './health-routes.js';
import { Idempotency } from './idempotency.js';
import { jobRoutes } from './job-routes.js';
import { LiveSessions } from './live-sessions.js';
import { metricsRoute } from './metrics-route.js';
import { pageRoutes } from './page-routes.js';
import { openapiRoute } from './openapi.js';
import type { GatewayParts } from './ports.js';
import type { Route } from './route.js';
import { Router } from './router.js';
import { ServedRequest } from './serve-request.js';
import { sessionRoutes } from './session-routes.js';
import { Tickets } from './tickets.js';
import { Upgrades } from './upgrade.js';

export interface Gateway {
  readonly options: GatewayOptions;
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  handleUpgrade(request: IncomingMessage, stream: Duplex, head: Buffer): Promise<void>;
  /** What says that nearly as many connections are open as may be: the server knows. */
  crowdedWhen(isNow: () => boolean): void;
  /**
   * Closes every socket with 1001, after those of sessions that have ended with their outcome. The
   * pool is left to whoever made it: close or drain it first.
   */
  close(): Promise<void>;
}

/** @throws TENANTRY_OPTIONS_INVALID */
export function createGateway(
  parts: GatewayParts & { readonly options?: GatewayOptionsInput },
): Gateway {
  const options = parseOptions(parts.options ?? {});
  const { pool, clock, log, jobs, isShortOfDescriptors = () => false } = parts;
  let isCrowded = (): boolean => false;
  const sessions = new LiveSessions({ clock, options });
  const tickets = new Tickets(clock, options.ticketTtlMs);
  const events = new EventStream({ pool, clock, log });
  const routes: Route[] = [
    ...sessionRoutes({ pool, sessions, tickets, options }),
    ...(jobs === undefined ? [] : jobRoutes(jobs)),
    ...adminRoutes(pool, events),
    ...healthRoutes({ pool, clock, isCrowded: () => isCrowded() || isShortOfDescriptors() }),
    metricsRoute(pool),
  ];
  // Parts of the page are no interface: they are left out of the description.
  const router = new Router([...routes, openapiRoute(routes), ...pageRoutes()]);
  const idempotency = new Idempotency(clock, options.idempotencyTtlMs);
  const upgrades = new Upgrades({ ...parts, options, sessions, tickets });
  const requestParts = { ...parts, options, router, idempotency };
  return {
    options,
    handle: (request, response) => new ServedRequest(requestParts, request, response).serve(),
    handleUpgrade: (request, stream, head) => upgrades.take(request, stream, head),
    crowdedWhen(isNow) {
      isCrowded = isNow;
    },
    async close() {
      events.close();
      await sessions.close();
    },
  };
}

/** @throws TENANTRY_OPTIONS_INVALID */
function parseOptions(input: GatewayOptionsInput): GatewayOptions {
  const parsed = GatewayOptions.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new TenantryError('TENANTRY_OPTIONS_INVALID', `gateway: ${z.prettifyError(parsed.error)}`);
}

/** A gateway on a port of its own: Node's HTTP server with bounds that a stranger cannot wait out. */
import http from 'node:http';
import type { Log } from '@tenantry/core';
import { TenantryError } from '@tenantry/core';
import { acceptUpgrades } from './accept-upgrades.js';
import { boundConnections } from './connection-bound.js';
import type { Gateway } from './gateway.js';
import { endWithProblem, toProblem, writeProblem, type Problem } from './problem.js';
import { requestIdOf } from './request-id.js';
import { refuseUnread } from './unread-request.js';

/** How often the bounds are looked at, as a share of the shortest. */
const CHECKS_PER_BOUND = 4;

/** Not listening yet. Closing it is the caller's; sockets are closed by the gateway. */
export function createServer(gateway: Gateway, log: Log): http.Server {
  const { headersTimeoutMs, requestTimeoutMs, keepAliveTimeoutMs } = gateway.options;
  const server = http.createServer({
    headersTimeout: headersTimeoutMs,
    requestTimeout: Math.max(headersTimeoutMs, requestTimeoutMs),
    keepAliveTimeout: keepAliveTimeoutMs,
    connectionsCheckingInterval: Math.ceil(headersTimeoutMs / CHECKS_PER_BOUND),
    // The gateway refuses a request without one itself, and says why.
    requireHostHeader: false,
  });
  const isOver = boundConnections(server, gateway, log);
  server.on('request', (request, response) => {
    if (!isOver(request.socket)) {
      void gateway.handle(request, response);
      return;
    }
    const problem = overloaded(request);
    writeProblem(response, problem, { 'x-request-id': problem.requestId, connection: 'close' });
  });
  acceptUpgrades(server, {
    async handleUpgrade(request, stream, head) {
      if (!isOver(stream)) return gateway.handleUpgrade(request, stream, head);
      const problem = overloaded(request);
      stream.on('error', () => {});
      endWithProblem(stream, problem);
    },
  });
  server.on('clientError', refuseUnread);
  // Out of descriptors: whoever could not be let in tries again, everyone else goes on.
  server.on('error', (err) => log.error({ err }, '[gateway] could not take a connection'));
  return server;
}

function overloaded(request: http.IncomingMessage): Problem {
  const error = new TenantryError('TENANTRY_OVERLOADED', 'it has as many connections as it may');
  return toProblem(error, requestIdOf(request));
}

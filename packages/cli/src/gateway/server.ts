/** A gateway on a port of its own: Node's HTTP server with bounds that a stranger cannot wait out. */
import http from 'node:http';
import type { Duplex } from 'node:stream';
import type { Log } from '@tenantry/core';
import { codeOf } from '@tenantry/core';
import { ownSoftLimit } from '../source/process-limits.js';
import { acceptUpgrades } from './accept-upgrades.js';
import type { Gateway } from './gateway.js';

/** Not ready before the first connection is turned away. */
const CROWDED_RATIO = 0.9;
/** What is left is for files, isolates and the inspector. */
const SHARE_OF_DESCRIPTORS = 0.8;
/** Where the system does not say how many descriptors there are. */
const USUAL_DESCRIPTORS = 1_024;

/** Where there is no limit. */
const MOST_DESCRIPTORS = 1_000_000;

/** How often the bounds are looked at, as a share of the shortest. */
const CHECKS_PER_BOUND = 4;

/** Not listening yet. Closing it is the caller's; sockets are closed by the gateway. */
export function createServer(gateway: Gateway, log: Log): http.Server {
  const { headersTimeoutMs, requestTimeoutMs, keepAliveTimeoutMs } = gateway.options;
  const server = http.createServer(
    {
      headersTimeout: headersTimeoutMs,
      requestTimeout: Math.max(headersTimeoutMs, requestTimeoutMs),
      keepAliveTimeout: keepAliveTimeoutMs,
      connectionsCheckingInterval: Math.ceil(headersTimeoutMs / CHECKS_PER_BOUND),
    },
    (request, response) => void gateway.handle(request, response),
  );
  acceptUpgrades(server, gateway);
  boundConnections(server, gateway, log);
  server.on('clientError', (error, stream) => refuse(stream, codeOf(error)));
  // Out of descriptors: whoever could not be let in tries again, everyone else goes on.
  server.on('error', (err) => log.error({ err }, '[gateway] could not take a connection'));
  return server;
}

function boundConnections(server: http.Server, gateway: Gateway, log: Log): void {
  const maxConnections = gateway.options.maxConnections ?? usualMaxConnections();
  // One that asked for an upgrade that is none comes twice.
  const open = new Set<Duplex>();
  server.maxConnections = maxConnections;
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  server.on('drop', () => log.warn({ maxConnections }, '[gateway] takes no more connections'));
  gateway.crowdedWhen(() => open.size >= maxConnections * CROWDED_RATIO);
}

const STATUS_LINES: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
};

function refuse(stream: Duplex, code: string | undefined): void {
  if (!stream.writable || code === 'ECONNRESET') {
    stream.destroy();
    return;
  }
  const line = STATUS_LINES[code ?? ''] ?? '400 Bad Request';
  stream.end(`HTTP/1.1 ${line}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

function usualMaxConnections(): number {
  return Math.floor(
    Math.min(ownSoftLimit('Max open files') ?? USUAL_DESCRIPTORS, MOST_DESCRIPTORS) *
      SHARE_OF_DESCRIPTORS,
  );
}

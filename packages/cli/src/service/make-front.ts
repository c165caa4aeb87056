/** The front of a service: health for whoever asks, until the gateway stands here. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AgentPool } from '@tenantry/core';
import type { Clock, Log } from '@tenantry/core/internal';
import type { Configuration } from './configuration.js';
import type { Front } from './front.js';

export interface FrontParts {
  readonly pool: AgentPool;
  readonly configuration: Configuration;
  readonly clock: Clock;
  readonly log: Log;
}

export function makeFront({ pool }: FrontParts): Front {
  return {
    timeouts: { headersTimeoutMs: 10_000, requestTimeoutMs: 30_000, keepAliveTimeoutMs: 5_000 },
    handle(request: IncomingMessage, response: ServerResponse): void {
      const isReady = pool.state === 'running';
      const status = request.url === '/healthz' ? 200 : request.url === '/readyz' ? (isReady ? 200 : 503) : 404;
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ ready: isReady, reasons: isReady ? [] : [pool.state] }));
    },
    handleUpgrade(_request: IncomingMessage, socket: Duplex): void {
      socket.destroy();
    },
    close: () => Promise.resolve(),
  };
}

/**
 * What operators and probes ask the parent: health, readiness and metrics. It asks the worker over its
 * inspector socket, which answers also while a tenant blocks the worker's loop.
 */
import http from 'node:http';
import { codeOf, metricsFormatOf, type MetricsText, type PoolHealth } from '@tenantry/core';
import { askInspector, type Log } from '@tenantry/core/internal';
import type { ServiceSupervisor, SupervisorState } from './supervise.js';
import type { ServiceFacts } from './worker-messages.js';

/** Undefined until the service is started. */
type Service = () => Pick<ServiceSupervisor, 'state' | 'restarts' | 'facts'> | undefined;

interface Watched {
  readonly state: SupervisorState;
  readonly restarts: number;
  readonly facts: ServiceFacts | undefined;
}

const NOT_YET: Watched = { state: 'starting', restarts: 0, facts: undefined };

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

/** A probe waits a few seconds at most. */
const ANSWER_TIMEOUT_MS = 2_000;
const SHORTEST_TIMEOUT_MS = 5_000;

const REASON_OF_STATE = {
  starting: 'starting',
  waiting: 'restarting',
  ending: 'draining',
  ended: 'closed',
} as const;

/** Not listening yet. */
export function createOpsServer(service: Service, log: Log): http.Server {
  const server = http.createServer(
    { headersTimeout: SHORTEST_TIMEOUT_MS, requestTimeout: SHORTEST_TIMEOUT_MS },
    (request, response) => {
      void answerOf(service() ?? NOT_YET, request)
        .catch((error: unknown) => json(503, { code: codeOf(error) ?? null }))
        .then(({ status, contentType, text }) => {
          response.writeHead(status, {
            'content-type': contentType,
            'content-length': Buffer.byteLength(text),
            'cache-control': 'no-store',
            'x-content-type-options': 'nosniff',
          });
          response.end(request.method === 'HEAD' ? '' : text);
        });
    },
  );
  server.on('error', (error) => log.error({ err: error }, '[ops] could not take a connection'));
  return server;
}

async function answerOf(service: Watched, request: http.IncomingMessage): Promise<Answer> {
  const { method, url = '' } = request;
  if (method !== 'GET' && method !== 'HEAD') {
    return json(405, { code: 'TENANTRY_METHOD_NOT_ALLOWED' });
  }
  switch (url.split('?', 1)[0]) {
    case '/healthz':
      return json(200, { ok: true, state: service.state, restarts: service.restarts });
    case '/readyz': {
      const { ready, reasons } = await readiness(service);
      return json(ready ? 200 : 503, { ready, reasons, restarts: service.restarts });
    }
    case '/metrics':
      return metrics(service, request.headers.accept);
    default:
      return json(404, { code: 'TENANTRY_ROUTE_UNKNOWN' });
  }
}

async function readiness({
  state,
  facts,
}: Watched): Promise<Pick<PoolHealth, 'ready'> & { readonly reasons: readonly string[] }> {
  const ofState = state === 'running' ? [] : [REASON_OF_STATE[state]];
  const socketPath = facts?.socketPath ?? null;
  if (socketPath === null) return { ready: ofState.length === 0, reasons: ofState };
  try {
    const asked = await askInspector(socketPath, { command: 'health' }, options);
    const { ready, reasons } = asked as PoolHealth;
    return {
      ready: ready && ofState.length === 0,
      reasons: [...new Set([...ofState, ...reasons])],
    };
  } catch {
    return { ready: false, reasons: [...ofState, 'unreachable'] };
  }
}

async function metrics({ facts }: Watched, accept: string | undefined): Promise<Answer> {
  const socketPath = facts?.socketPath ?? null;
  if (socketPath === null) return json(503, { code: 'TENANTRY_RUNTIME_NONE' });
  const format = metricsFormatOf(accept);
  const asked = await askInspector(socketPath, { command: 'metrics', format }, options);
  const { contentType, text } = asked as MetricsText;
  return { status: 200, contentType, text };
}

const options = { replyTimeoutMs: ANSWER_TIMEOUT_MS };

function json(status: number, body: object): Answer {
  return { status, contentType: 'application/json', text: JSON.stringify(body) };
}

/** From a request for a WebSocket to a session's socket, or to a refusal in HTTP. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { TenantryError, type Clock } from '@tenantry/core';
import { SESSION_PROTOCOL } from '@tenantry/core/client';
import { shown } from '@tenantry/core/internal';
import { WebSocketServer } from 'ws';
import { authorize } from '../auth/authorize.js';
import type { Identity } from '../auth/identity.js';
import { identified, outcomeOf, type Headers } from './admit.js';
import { credentialsOf } from './credential.js';
import type { GatewayOptions } from './gateway-options.js';
import type { LiveSession } from './live-session.js';
import type { LiveSessions } from './live-sessions.js';
import { checkOrigin } from './origin-guard.js';
import type { GatewayParts } from './ports.js';
import { endWithProblem, toProblem } from './problem.js';
import { requestIdOf } from './request-id.js';
import { SocketLink } from './socket-link.js';
import type { Tickets } from './tickets.js';

const SESSION_PATH = /^\/v1\/sessions\/([A-Za-z0-9_-]{1,128})$/;

export interface UpgradeParts extends Pick<
  GatewayParts,
  'authenticator' | 'limits' | 'counters' | 'onDecision' | 'log'
> {
  readonly clock: Clock;
  readonly options: GatewayOptions;
  readonly sessions: LiveSessions;
  readonly tickets: Tickets;
}

export class Upgrades {
  readonly #parts: UpgradeParts;
  readonly #server: WebSocketServer;

  constructor(parts: UpgradeParts) {
    this.#parts = parts;
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: parts.options.maxFrameBytes,
      handleProtocols: (protocols) => protocols.has(SESSION_PROTOCOL) && SESSION_PROTOCOL,
    });
  }

  async take(request: IncomingMessage, stream: Duplex, head: Buffer): Promise<void> {
    const { log, counters, options, clock } = this.#parts;
    const requestId = requestIdOf(request);
    const headers: Headers = { 'x-request-id': requestId };
    const ignore = (): void => {};
    stream.on('error', ignore);
    try {
      checkOrigin(request, options);
      const { session, received } = await this.#wanted(request, headers);
      stream.off('error', ignore);
      this.#server.handleUpgrade(request, stream, head, (socket) => {
        const link = new SocketLink(
          { socket, stream, acknowledges: received !== undefined, clock, rules: options },
          session,
        );
        session.attach(link, received);
        counters?.count('sessions.connect', 'ok');
      });
    } catch (error) {
      counters?.count('sessions.connect', outcomeOf(error));
      const problem = toProblem(error, requestId);
      if (problem.status >= 500) log.error({ requestId, err: error }, '[gateway] upgrade failed');
      endWithProblem(stream, problem, headers);
    }
  }

  /** @throws what the request is refused with */
  async #wanted(
    request: IncomingMessage,
    headers: Headers,
  ): Promise<{ readonly session: LiveSession; readonly received: number | undefined }> {
    const [path = '', query = ''] = (request.url ?? '').split('?', 2);
    const id = SESSION_PATH.exec(path)?.[1];
    if (id === undefined) {
      throw new TenantryError('TENANTRY_ROUTE_UNKNOWN', `no WebSocket at ${shown(path)}`);
    }
    const received = receivedOf(new URLSearchParams(query).get('received'));
    const { sessions } = this.#parts;
    const { ticket } = credentialsOf(request);
    const identity =
      ticket === undefined
        ? await identified(this.#parts, 'sessions.connect', request, headers)
        : this.#ticketHolder(ticket, id);
    authorize(identity, 'sessions.connect', undefined, this.#parts.onDecision);
    const session = sessions.named(id, identity);
    if (session.canResume(received)) return { session, received };
    throw new TenantryError(
      'TENANTRY_RESUME_LOST',
      `session ${id} can be resumed from frame ${session.resumableFrom}, not from ${received}`,
    );
  }

  /** @throws TENANTRY_UNAUTHORIZED */
  #ticketHolder(ticket: string, id: string): Identity {
    const { sessions, tickets } = this.#parts;
    const holder = tickets.redeem(ticket, id) ?? sessions.resumedBy(ticket, id);
    if (holder !== undefined) return holder;
    throw new TenantryError('TENANTRY_UNAUTHORIZED', 'the ticket is not good (any more)');
  }
}

/** @throws TENANTRY_REQUEST_INVALID */
function receivedOf(text: string | null): number | undefined {
  if (text === null) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new TenantryError('TENANTRY_REQUEST_INVALID', `query "received": ${shown(text)}`);
}

/** Opens sessions and submits jobs over a gateway. Needs nothing of Node: it works in browsers. */
import { TenantryError, hasCode } from '../errors/errors.js';
import { systemClock, type Clock } from '../time/clock.js';
import { call, type Fetch, type HttpParts } from './http-call.js';
import { jsonText } from './json-text.js';
import { JobsClient } from './jobs-client.js';
import { BEARER_PROTOCOL_PREFIX, TICKET_PROTOCOL_PREFIX } from './protocol.js';
import { RemoteSession } from './remote-session.js';
import { globalWebSocket, type WebSocketConstructor } from './web-socket.js';

type Text = string | (() => string | Promise<string>);

export interface ClientOptions {
  /** Of the gateway, such as `https://sessions.example.com`. */
  readonly url: string;
  /** An API key. For pages prefer a `token`, or sessions that your own server opened (`connect`). */
  readonly apiKey?: string;
  /** A token, or what answers the current one: it is asked for every request. */
  readonly token?: Text;
  /** The environment's own by default. Node 20 has none: hand in that of the package `ws`. */
  readonly WebSocket?: WebSocketConstructor;
  readonly fetch?: Fetch;
  readonly clock?: Clock;
  /** 0 to 1, for the jitter of reconnections. */
  readonly random?: () => number;
}

/** What an agent's client exchanges with it: every agent made by `defineAgent` has these types. */
export interface AgentTypes<Received, Sent, Result> {
  readonly name: string;
  readonly types?: { received: Received; sent: Sent; result: Result };
}

export interface RemoteOpenRequest<Received = unknown, Sent = unknown, Result = unknown> {
  /** Left out: the credential's. */
  readonly tenant?: string;
  /** A name, or the agent itself, which also gives the types. Left out, the service routes. */
  readonly agent?: string | AgentTypes<Received, Sent, Result>;
  /** JSON. */
  readonly input?: unknown;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly maxDurationMs?: number;
  readonly idleTimeoutMs?: number;
}

/** What opening a session answered: enough to connect to it, once, without any other credential. */
export interface OpenedSession {
  readonly session: string;
  readonly tenant: string;
  readonly agent: string;
  /** Path of the session. */
  readonly url: string;
  readonly ticket: string;
  readonly resumeGraceMs: number;
}

/** Tries of a request whose answer did not come; under one key it is done once. */
const OPEN_ATTEMPTS = 3;

export class TenantryClient {
  readonly jobs: JobsClient;
  readonly #http: HttpParts;
  readonly #WebSocket: WebSocketConstructor | undefined;
  readonly #clock: Clock;
  readonly #random: () => number;

  constructor(options: ClientOptions) {
    const { apiKey, token = apiKey, clock = systemClock, random = Math.random } = options;
    this.#clock = clock;
    this.#random = random;
    this.#WebSocket = options.WebSocket ?? globalWebSocket();
    this.#http = {
      baseUrl: options.url.replace(/\/+$/, ''),
      fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
      credential: async () => (typeof token === 'function' ? token() : token),
    };
    this.jobs = new JobsClient(this.#http, clock);
  }

  /**
   * Opens a session and connects to it; resolves when its agent has been entered.
   * @throws (as a rejection) what the pool refuses it with, TENANTRY_CONNECTION_LOST,
   *   TENANTRY_UNAUTHORIZED, TENANTRY_FORBIDDEN, TENANTRY_REQUEST_INVALID; where the request is no
   *   JSON, TENANTRY_MESSAGE_UNCLONEABLE or TENANTRY_MESSAGE_TOO_DEEP
   */
  async open<Received = unknown, Sent = unknown, Result = unknown>(
    request: RemoteOpenRequest<Received, Sent, Result> = {},
  ): Promise<RemoteSession<Received, Sent, Result>> {
    this.#socketClass();
    const { agent } = request;
    const json = jsonText({
      ...request,
      ...(typeof agent === 'object' ? { agent: agent.name } : {}),
    });
    const idempotencyKey = randomKey();
    for (let attempt = 1; ; attempt += 1) {
      try {
        const options = { json, idempotencyKey };
        return this.connect(await call<OpenedSession>(this.#http, 'POST', '/v1/sessions', options));
      } catch (error) {
        const isUnheard = hasCode(error, 'TENANTRY_CONNECTION_LOST');
        if (!isUnheard || attempt === OPEN_ATTEMPTS) throw error;
      }
    }
  }

  /** Connects to a session that somebody else opened, such as a page's own server. */
  connect<Received = unknown, Sent = unknown, Result = unknown>(
    opened: OpenedSession,
  ): RemoteSession<Received, Sent, Result> {
    const { session, tenant, agent, url, resumeGraceMs } = opened;
    const http = this.#http;
    let ticket: string | undefined = opened.ticket;
    return new RemoteSession({
      id: session,
      tenant,
      agent,
      url: `${http.baseUrl.replace(/^http/, 'ws')}${url}`,
      resumeGraceMs,
      WebSocket: this.#socketClass(),
      clock: this.#clock,
      random: this.#random,
      async protocols(resumeTicket) {
        const once = resumeTicket ?? ticket;
        ticket = undefined;
        if (once !== undefined) return [`${TICKET_PROTOCOL_PREFIX}${once}`];
        const credential = await http.credential();
        return credential === undefined
          ? []
          : [`${BEARER_PROTOCOL_PREFIX}${base64Url(credential)}`];
      },
      diagnose: (received) => diagnose(http, url, received),
    });
  }

  /** @throws TENANTRY_OPTIONS_INVALID */
  #socketClass(): WebSocketConstructor {
    if (this.#WebSocket !== undefined) return this.#WebSocket;
    throw new TenantryError(
      'TENANTRY_OPTIONS_INVALID',
      'this environment has no WebSocket: hand one in, such as { WebSocket } of the package "ws"',
    );
  }
}

/** A socket does not say why it was refused; the same over HTTP does. */
async function diagnose(
  http: HttpParts,
  path: string,
  received: number,
): Promise<TenantryError | undefined> {
  try {
    const { resumableFrom } = await call<{ readonly resumableFrom: number }>(http, 'GET', path);
    if (received >= resumableFrom) return undefined;
    const detail = `frames ${received + 1} to ${resumableFrom} are not kept any more`;
    return new TenantryError('TENANTRY_RESUME_LOST', detail);
  } catch (error) {
    const isFinal = FINAL.some((code) => hasCode(error, code));
    return isFinal ? (error as TenantryError) : undefined;
  }
}

const FINAL = ['TENANTRY_SESSION_UNKNOWN', 'TENANTRY_FORBIDDEN', 'TENANTRY_TOKEN_EXPIRED'] as const;

function randomKey(): string {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function base64Url(text: string): string {
  const binary = String.fromCharCode(...new TextEncoder().encode(text));
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

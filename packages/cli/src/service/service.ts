/**
 * A service while it runs in one process: its pool behind its front. Who starts it again, and who
 * listens where, is left to `supervise.ts`; how its configuration changes, to `reloading.ts`.
 */
import http from 'node:http';
import process from 'node:process';
import { AgentPool, TenantryError } from '@tenantry/core';
import { shown, type Clock, type Log } from '@tenantry/core/internal';
import type { Configuration } from './configuration.js';
import type { Front } from './front.js';
import { makeFront } from './make-front.js';
import type { ServiceFacts } from './worker-messages.js';

export interface ServiceParts {
  readonly clock: Clock;
  readonly log: Log;
}

export class Service {
  readonly pool: AgentPool;
  readonly server: http.Server;
  readonly #configuration: Configuration;
  readonly #front: Front;
  #closing: Promise<{ readonly stuckIsolates: number }> | undefined;

  private constructor(configuration: Configuration, pool: AgentPool, parts: ServiceParts) {
    this.#configuration = configuration;
    this.pool = pool;
    this.#front = makeFront({ pool, configuration, ...parts });
    const { headersTimeoutMs, requestTimeoutMs, keepAliveTimeoutMs } = this.#front.timeouts;
    this.server = http.createServer(
      {
        headersTimeout: headersTimeoutMs,
        requestTimeout: requestTimeoutMs,
        keepAliveTimeout: keepAliveTimeoutMs,
      },
      (request, response) => this.#front.handle(request, response),
    );
    this.server.on('upgrade', (request, socket, head) =>
      this.#front.handleUpgrade(request, socket, head),
    );
  }

  /**
   * A pool that runs, and a server that does not listen yet. Nothing is left where it throws.
   * @throws TENANTRY_AGENT_*, TENANTRY_STATE_*, TENANTRY_SOCKET_*, TENANTRY_METRICS_FAILED
   */
  static async start(configuration: Configuration, parts: ServiceParts): Promise<Service> {
    const { agents, watch } = configuration.service;
    const pool = new AgentPool(configuration.pool, {
      clock: parts.clock,
      origins: configuration.origins,
    });
    const found = await pool.discover(agents);
    if (found.length === 0 && !watch) {
      throw new TenantryError('TENANTRY_AGENT_NONE', `no agent files in ${shown(agents)}`);
    }
    await pool.start();
    return new Service(configuration, pool, parts);
  }

  facts(): Omit<ServiceFacts, 'drainTimeoutMs' | 'closeTimeoutMs' | 'lastGood'> {
    return {
      pid: process.pid,
      socketPath: this.pool.socketPath ?? null,
      agents: this.pool.list().map(({ agent }) => agent.name),
    };
  }

  /** Nothing more is admitted; requests are answered, and sessions may finish. */
  drain(options?: { readonly timeoutMs?: number }): Promise<unknown> {
    return this.pool.drain({ timeoutMs: this.#configuration.drainTimeoutMs, ...options });
  }

  /** Sessions first, so that their clients hear of it, then connections. */
  close(): Promise<{ readonly stuckIsolates: number }> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<{ readonly stuckIsolates: number }> {
    const report = await this.pool.close();
    await this.#front.close();
    this.server.close();
    this.server.closeAllConnections();
    return report;
  }
}

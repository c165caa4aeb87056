/**
 * A service while it runs in one process: its pool behind its gateway. Who starts it again, and who
 * listens where, is left to `supervise.ts`; how its configuration changes, to `running-configuration.ts`.
 */
import type http from 'node:http';
import process from 'node:process';
import { AgentPool, TenantryError } from '@tenantry/core';
import { shown, type Clock } from '@tenantry/core/internal';
import { createGateway, type Gateway } from '../gateway/gateway.js';
import { createServer } from '../gateway/server.js';
import { makeAccess } from './access.js';
import { tryAgents } from './agent-trial.js';
import type { Configuration } from './configuration.js';
import { watchDescriptors } from './descriptors.js';
import { poolJobs } from './pool-jobs.js';

export interface ServiceParts {
  readonly clock: Clock;
  /** Of the parent, whose name the socket of each of its workers has; without one, of this process. */
  readonly socketPid?: number;
}

/** What is said of it to whoever started it. */
export interface PoolFacts {
  readonly pid: number;
  /** Where its inspector listens; null without one. */
  readonly socketPath: string | null;
  readonly agents: readonly string[];
}

export class Service {
  readonly pool: AgentPool;
  /** Does not listen yet. */
  readonly server: http.Server;
  readonly #gateway: Gateway;
  #closing: Promise<{ readonly stuckIsolates: number }> | undefined;

  private constructor(pool: AgentPool, gateway: Gateway, server: http.Server) {
    this.pool = pool;
    this.#gateway = gateway;
    this.server = server;
  }

  /**
   * A pool that runs, and a server that does not listen yet. Nothing is left running where it throws.
   * @throws TENANTRY_AUTH_REQUIRED, TENANTRY_AGENT_*, TENANTRY_STATE_*, TENANTRY_SOCKET_*,
   *   TENANTRY_METRICS_FAILED
   */
  static async start(
    configuration: Configuration,
    { clock, socketPid }: ServiceParts,
  ): Promise<Service> {
    const { agents, watch, gateway: options } = configuration.service;
    const pool = new AgentPool(configuration.pool, {
      clock,
      origins: configuration.origins,
      socketPid,
      tryAgents,
    });
    // Where the pool's lines are, those about its requests and its files are too.
    const { log } = pool;
    const access = await makeAccess(configuration, { clock, log });
    const found = await pool.discover(agents);
    if (found.length === 0 && !watch) {
      throw new TenantryError('TENANTRY_AGENT_NONE', `no agent files in ${shown(agents)}`);
    }
    const { metrics: ofRoutes, ...who } = access;
    pool.addMetrics(ofRoutes);
    const gateway = createGateway({
      ...who,
      pool,
      jobs: poolJobs(pool),
      isShortOfDescriptors: watchDescriptors(clock),
      options,
      log,
      clock,
    });
    const server = createServer(gateway, log);
    await pool.start();
    return new Service(pool, gateway, server);
  }

  facts(): PoolFacts {
    return {
      pid: process.pid,
      socketPath: this.pool.socketPath ?? null,
      agents: this.pool.list().map(({ agent }) => agent.name),
    };
  }

  /** Nothing more is admitted; requests are answered, and sessions may finish. */
  drain(options: { readonly timeoutMs?: number } = {}): Promise<unknown> {
    return this.pool.drain(options);
  }

  /** Sessions first, so that their clients hear of it, then connections. */
  close(): Promise<{ readonly stuckIsolates: number }> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<{ readonly stuckIsolates: number }> {
    const report = await this.pool.close();
    await this.#gateway.close();
    this.server.close();
    this.server.closeIdleConnections();
    return report;
  }
}

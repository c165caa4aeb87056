/** A gateway on a free port, before a real pool with agents for tests. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { AgentPool, defineAgent, type AgentPoolOptions, type Clock } from '@tenantry/core';
import { systemClock } from '@tenantry/core/internal';
import { createGateway, type Gateway } from '../../src/gateway/gateway.js';
import type { GatewayOptionsInput } from '../../src/gateway/gateway-options.js';
import type { Authenticator } from '../../src/auth/authenticator.js';
import { LOCAL } from '../../src/auth/identity.js';
import type { RouteOutcome } from '../../src/auth/route-counters.js';
import type { RouteName } from '../../src/auth/routes.js';
import type { GatewayParts } from '../../src/gateway/ports.js';
import { createServer } from '../../src/gateway/server.js';
import { poolJobs } from '../../src/service/pool-jobs.js';

const echo = defineAgent({
  name: 'echo',
  async run(session) {
    let turns = 0;
    for await (const message of session.messages) {
      turns += 1;
      await session.send(message);
    }
    return { turns };
  },
});

/** Sends `count` numbers as fast as it may. */
const counts = defineAgent({
  name: 'counts',
  input: z.object({ count: z.int(), padding: z.int().default(0) }),
  async run(session) {
    const { count, padding } = session.input;
    for (let at = 1; at <= count; at += 1) {
      await session.send(padding === 0 ? at : { at, padding: 'x'.repeat(padding) });
    }
    for await (const _message of session.messages) return;
  },
});
/** Sends what JSON cannot carry, then what it can. */
const lossy = defineAgent({
  name: 'lossy',
  async run(session) {
    await session.send({ at: new Date(0), inner: [{ map: new Map() }] });
    await session.send({ at: new Date(0), nothing: undefined });
    return new Map();
  },
});
const fails = defineAgent({
  name: 'fails',
  run() {
    throw new Error('as intended');
  },
});
/** Takes nothing until its session ends. */
const deaf = defineAgent({
  name: 'deaf',
  run: (session) =>
    new Promise<void>((resolve) => session.signal.addEventListener('abort', () => resolve())),
});

const lines: { readonly level: string; readonly fields: object; readonly message: string }[] = [];
const line = (level: string) => (fields: object, message: string) =>
  void lines.push({ level, fields, message });

export const log = {
  level: 'debug',
  debug: line('debug'),
  info: line('info'),
  warn: line('warn'),
  error: line('error'),
  child: () => log,
};

export interface StartedGateway {
  readonly pool: AgentPool;
  readonly gateway: Gateway;
  readonly server: Server;
  readonly url: string;
  readonly port: number;
  readonly counted: readonly { readonly route: RouteName; readonly outcome: RouteOutcome }[];
  readonly lines: typeof lines;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startGateway({
  options = {},
  pool: poolOptions = {},
  authenticator = { identify: () => Promise.resolve(LOCAL) },
  clock = systemClock,
  limits,
  jobs,
}: {
  readonly options?: GatewayOptionsInput;
  readonly pool?: AgentPoolOptions;
  readonly authenticator?: Authenticator;
  readonly clock?: Clock;
  readonly limits?: GatewayParts['limits'];
  readonly jobs?: GatewayParts['jobs'];
} = {}): Promise<StartedGateway> {
  const pool = new AgentPool(
    { enableIntrospection: false, agents: [echo, counts, lossy, fails, deaf], ...poolOptions },
    { log },
  );
  await pool.start();
  const counted: { route: RouteName; outcome: RouteOutcome }[] = [];
  const gateway = createGateway({
    pool,
    authenticator,
    ...(limits === undefined ? {} : { limits }),
    ...(jobs === undefined ? {} : { jobs }),
    counters: { count: (route, outcome) => void counted.push({ route, outcome }) },
    log,
    clock,
    options,
    jobs: poolJobs(pool),
  });
  const server = createServer(gateway, log);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    pool,
    gateway,
    server,
    port,
    url: `http://127.0.0.1:${port}`,
    counted,
    lines,
    async [Symbol.asyncDispose]() {
      await pool.close();
      await gateway.close();
      server.close();
      server.closeAllConnections();
    },
  };
}

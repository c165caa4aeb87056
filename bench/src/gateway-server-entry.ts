/** A server of the bench `gateway` in a process of its own: ours, plain `ws`, or fastify with its plugin. */
import { once } from 'node:events';
import http from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { LOCAL, createGateway, createServer } from '@tenantry/cli/gateway';
import { systemClock } from '@tenantry/core/internal';
import { WebSocketServer, type WebSocket } from 'ws';
import { SILENT } from './silent-log.js';
import { startedPool } from './tenantry.js';

type Kind = 'tenantry' | 'plainWs' | 'fastifyWs';

function echo(socket: WebSocket): void {
  socket.on('message', (data: Buffer, isBinary: boolean) =>
    socket.send(data, { binary: isBinary }),
  );
}

async function tenantry(): Promise<number> {
  const pool = await startedPool({ maxConcurrentSessions: 20_000 });
  const gateway = createGateway({
    pool,
    authenticator: { identify: () => Promise.resolve(LOCAL) },
    log: SILENT,
    clock: systemClock,
    options: { maxConnections: 20_000 },
  });
  return listening(createServer(gateway, SILENT));
}

function plainWs(): Promise<number> {
  const server = http.createServer();
  const sockets = new WebSocketServer({ server, perMessageDeflate: false });
  sockets.on('connection', echo);
  return listening(server);
}

async function listening(server: http.Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

interface Fastify {
  register(plugin: unknown): Promise<void>;
  get(path: string, options: object, serve: (socket: WebSocket) => void): void;
  listen(where: { readonly port: number; readonly host: string }): Promise<string>;
}

/** Its packages are in a folder that the bench filled, as one of them asks for Node 22. */
async function fastifyWs(folder: string): Promise<number> {
  const require = createRequire(pathToFileURL(`${folder}/package.json`));
  const load = async (name: string): Promise<unknown> =>
    ((await import(pathToFileURL(require.resolve(name)).href)) as { default: unknown }).default;
  const app = ((await load('fastify')) as (options: object) => Fastify)({ logger: false });
  await app.register(await load('@fastify/websocket'));
  app.get('/', { websocket: true }, echo);
  return Number(new URL(await app.listen({ port: 0, host: '127.0.0.1' })).port);
}

const [kind, folder = ''] = process.argv.slice(2) as [Kind, string?];
const start = { tenantry, plainWs, fastifyWs: () => fastifyWs(folder) };
const port = await start[kind]();
process.on('message', () => process.send!({ rssMb: process.memoryUsage.rss() / 1_048_576 }));
process.once('disconnect', () => process.exit(0));
process.send!({ port });

/**
 * The front of a service: WebSocket echo messages a second over 64 connections with one message of 200
 * bytes under way on each, beside plain `ws` and fastify with @fastify/websocket; sessions opened a
 * second (a POST and an upgrade each, 16 at a time); what 5,000 sessions at rest weigh, each after one
 * message. Servers have a process each; all clients are in the measuring one, and ours acknowledge as
 * the client does. Contenders take turns, medians of seven rounds; `p99Ms` is of all our round trips.
 * Fastify is installed by the bench into a folder under the temporary directory, as one of its packages
 * declares Node 22; without a network its figures are left out.
 *
 * To reach: 0.6 times plain ws; 300 MB.
 * Measured on 2026-11-26, Node 20.20.2, two cores with nothing else on them, five runs: 0.59, 0.60, 0.68,
 * 0.69 and 0.73 times plain ws (37,000 to 49,000 messages a second, plain ws 51,000 to 83,000, fastify 51,000
 * to 72,000), reached in four of them; p99 4 to 6 ms; 340 to 500 opens a second; 169 to 179 MB, reached.
 * With a load of 20 beside it: 0.56 times.
 *
 * Of the server's busy time a fifth is writev, which an echo pays too; reading and writing JSON has 9 %, the
 * collector 4 %, and the promises of the two asynchronous iterators with their hooks the most of the rest.
 * Tried: credits instead of a paused socket (needed, so that acknowledgements are always read). Not tried:
 * handing messages to the socket without a promise each, and one copy instead of two.
 */
import { randomBytes } from 'node:crypto';
import type { WebSocket } from 'ws';
import type { Bench, Results } from './bench.js';
import { fastifyFolder } from './gateway/fastify-folder.js';
import {
  connect,
  exchange,
  isOurs,
  openSession,
  rssMbOf,
  startServer,
  type Server,
} from './gateway/gateway-load.js';
import { RATE_ROUNDS, inFlight, measureRates, timeMs } from './harness.js';

const CONNECTIONS = 64;
/** A round of a contender that is still being compiled would be calibrated to next to nothing. */
const WARM_UP_MESSAGES = 30_000;
const OPENS = 1_000;
const OPENS_AT_ONCE = 16;
const IDLE_SESSIONS = 5_000;
const MS_PER_S = 1_000;
const FRAME = JSON.stringify({ type: 'message', data: { text: randomBytes(84).toString('hex') } });

export const bench: Bench = {
  about: 'WebSocket echo sessions over the gateway, beside plain ws and fastify; idle sessions',
  targets: [
    {
      what: 'messages ÷ plain ws',
      unit: '×',
      value: (results) => results['tenantryMsgsPerS']! / results['plainWsMsgsPerS']!,
      atLeast: 0.6,
    },
    {
      what: 'server with 5,000 idle sessions',
      unit: 'MB RSS',
      value: (results) => results['rssMb5000Idle']!,
      atMost: 300,
    },
  ],
  async run(note) {
    const rates = await measureMessages(note);
    const idle = await startServer('tenantry');
    const openPerS = await measureOpens(idle);
    idle.child.disconnect();
    return { ...rates, openPerS, rssMb5000Idle: await measureIdle() };
  },
};

async function measureMessages(note: (text: string) => void): Promise<Results> {
  const folder = await fastifyFolder();
  if (folder === undefined) note('fastify could not be installed: its figures are left out');
  const servers = {
    tenantry: await startServer('tenantry'),
    plainWs: await startServer('plainWs'),
    ...(folder === undefined ? {} : { fastifyWs: await startServer('fastifyWs', folder) }),
  };
  const roundTripsMs: number[] = [];
  const contenders = await Promise.all(
    Object.entries(servers).map(async ([name, { url }]) => {
      const isTenantry = name === 'tenantry';
      const sockets = await many(CONNECTIONS, () => (isTenantry ? openSession(url) : connect(url)));
      if (isTenantry) for (const socket of sockets) isOurs.add(socket);
      await exchange(sockets, WARM_UP_MESSAGES, FRAME);
      const onRoundTrip = isTenantry ? (ms: number) => void roundTripsMs.push(ms) : undefined;
      return { name, run: (count: number) => exchange(sockets, count, FRAME, onRoundTrip) };
    }),
  );
  const rates = await measureRates(contenders, RATE_ROUNDS);
  for (const { child } of Object.values(servers)) child.disconnect();
  roundTripsMs.sort((a, b) => a - b);
  return {
    ...Object.fromEntries([...rates].map(([name, rate]) => [`${name}MsgsPerS`, rate])),
    p99Ms: roundTripsMs[Math.floor(roundTripsMs.length * 0.99)]!,
  };
}

async function measureOpens({ url }: Server): Promise<number> {
  const open = async (): Promise<void> => {
    const socket = await openSession(url);
    socket.send('{"type":"cancel"}');
  };
  await inFlight(OPENS / 4, OPENS_AT_ONCE, open);
  const tookMs = await timeMs(() => inFlight(OPENS, OPENS_AT_ONCE, open));
  return (OPENS * MS_PER_S) / tookMs;
}

async function measureIdle(): Promise<number> {
  const server = await startServer('tenantry');
  const sockets: WebSocket[] = [];
  await inFlight(IDLE_SESSIONS, OPENS_AT_ONCE, async () => {
    const socket = await openSession(server.url);
    await exchange([socket], 1, FRAME);
    sockets.push(socket);
  });
  const rssMb = await rssMbOf(server);
  for (const socket of sockets) socket.terminate();
  server.child.disconnect();
  return rssMb;
}

function many<T>(count: number, make: () => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, make));
}

/** What clients, networks and operators do to a service that serves. */
import process from 'node:process';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { SESSION_PROTOCOL, TICKET_PROTOCOL_PREFIX } from '@tenantry/core/client';
import { WebSocket } from 'ws';
import type { Books } from './books.js';
import { TALKERS, settingsOf, type SoakTenant } from './population.js';
import { USUAL_CAP, hotAgent, type SoakService } from './service.js';

export interface FaultParts {
  readonly service: SoakService;
  readonly books: Books;
  readonly random: () => number;
}

type Fault = (parts: FaultParts) => Promise<unknown>;

const ON_THE_LOOP = TALKERS.filter(({ rung }) => rung === 'coroutine');
const IN_CHILDREN = TALKERS.filter(({ rung }) => rung === 'process');
const BURST = 60;
const IDLE_SOCKETS = 20;
const BROKEN_FOR_MS = 1_500;
/** Longer than two heartbeats, and than a slow reader is waited for. */
const SILENT_FOR_MS = 25_000;
const OVERSIZE_BYTES = 1_200_000;

const CLIENT_FAULTS: Readonly<Record<string, Fault>> = {
  'wrong key': async ({ service }) =>
    service.ask('/v1/sessions', {
      method: 'POST',
      headers: { authorization: `Bearer ${service.key.slice(0, 20)}${'A'.repeat(43)}` },
      body: '{}',
    }),
  'body over the limit': async ({ service }) =>
    service.ask('/v1/sessions', { method: 'POST', body: 'x'.repeat(OVERSIZE_BYTES) }),
  'malformed request': async ({ service }) =>
    service.ask('/v1/sessions', { method: 'POST', body: '{"tenant":"../x","__proto__":1}' }),
  'frame over the limit': withSocket(async (socket) => {
    socket.send('x'.repeat(OVERSIZE_BYTES));
  }),
  'frame that is no JSON': withSocket(async (socket) => {
    socket.send('{"type":');
  }),
  'client vanishes': withSocket(async (socket) => {
    socket.terminate();
  }),
  'slow reader': withSocket(async (socket) => {
    socket.send(JSON.stringify({ type: 'message', data: { fault: 'floods messages' } }));
    socket.pause();
    await sleep(SILENT_FOR_MS);
  }),
  'half-open connection': withSocket(async (socket) => {
    socket.pause();
    await sleep(SILENT_FOR_MS);
  }),
  'idle connections': async ({ service }) => {
    const { hostname, port } = new URL(service.url);
    const sockets = Array.from({ length: IDLE_SOCKETS }, () => net.connect(Number(port), hostname));
    for (const socket of sockets) socket.on('error', () => {});
    sockets[0]!.write('GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow:');
    await sleep(SILENT_FOR_MS);
    for (const socket of sockets) socket.destroy();
  },
  'burst of opens': async (parts) => {
    const tenant = pick(ON_THE_LOOP, parts.random);
    await Promise.all(
      Array.from({ length: BURST }, async () => {
        const opened = await openRaw(parts, tenant);
        if (opened === undefined) return;
        await parts.service.ask(opened.url, { method: 'DELETE' });
        parts.books.end({ ...opened, reason: 'cancelled', code: null, fault: 'burst of opens' });
      }),
    );
  },
  'SIGKILL of a child': async ({ service, books, random }) => {
    const { isolates, runtime } = await service.snapshot();
    const children = isolates.filter(({ rung, pid }) => rung === 'process' && pid !== null);
    if (children.length === 0) return;
    const { pid, tenant } = pick(children, random);
    if (tenant !== null) books.trouble(tenant);
    if (pid === runtime.pid) return;
    try {
      process.kill(pid!, 'SIGKILL');
    } catch {
      // It has ended by itself since the snapshot.
    }
  },
  'tenant drained by hand': async ({ service, books, random }) => {
    const { id } = pick(IN_CHILDREN, random);
    books.trouble(id);
    const body = JSON.stringify({ command: 'drain', tenant: id, timeoutMs: 500 });
    await service.ask('/v1/control', { method: 'POST', body });
  },
  'other caps': async ({ service, random }) =>
    service.configure(JSON.stringify(settingsOf(USUAL_CAP + Math.floor(random() * USUAL_CAP)))),
  'broken configuration': async ({ service }) => {
    await service.configure('{ broken');
    await sleep(BROKEN_FOR_MS);
    await service.configure(JSON.stringify(settingsOf(USUAL_CAP)));
  },
  SIGHUP: async ({ service }) => service.signal('SIGHUP'),
  'agent file with other code': async ({ service, random }) =>
    service.write('agents/hot.mjs', hotAgent(String(random()))),
  'broken agent file': async ({ service, random }) => {
    await service.write('agents/hot.mjs', 'export default {{');
    await sleep(BROKEN_FOR_MS);
    await service.write('agents/hot.mjs', hotAgent(String(random())));
  },
};

/** Does one of them; what it meets is the service's to survive and is not looked at. */
export async function clientFault(parts: FaultParts): Promise<void> {
  const [kind, fault] = pick(Object.entries(CLIENT_FAULTS), parts.random);
  parts.books.fault(kind);
  await fault(parts).catch(() => {});
}

interface Opened {
  readonly session: string;
  readonly tenant: string;
  readonly url: string;
  readonly ticket: string;
}

async function openRaw(
  { service, books }: FaultParts,
  { id }: SoakTenant,
): Promise<Opened | undefined> {
  const body = JSON.stringify({ tenant: id, agent: 'caller' });
  let answer: Response;
  try {
    answer = await service.ask('/v1/sessions', { method: 'POST', body });
  } catch {
    books.unheardOf(id);
    return undefined;
  }
  const said = (await answer.json()) as Opened & { readonly code?: string };
  if (answer.status !== 201) {
    books.refuse(said.code ?? 'unknown');
    return undefined;
  }
  books.open(id);
  return said;
}

/** A session whose socket is treated badly; the service cancels it when nobody comes back. */
function withSocket(act: (socket: WebSocket) => Promise<void>): Fault {
  return async (parts) => {
    const tenant = pick(TALKERS, parts.random);
    const opened = await openRaw(parts, tenant);
    if (opened === undefined) return;
    const socket = new WebSocket(`${parts.service.url.replace('http', 'ws')}${opened.url}`, [
      SESSION_PROTOCOL,
      `${TICKET_PROTOCOL_PREFIX}${opened.ticket}`,
    ]);
    socket.on('error', () => {});
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('open', () => resolve(true));
      socket.once('close', () => resolve(false));
    });
    if (isOpen) await act(socket);
    await sleep(BROKEN_FOR_MS);
    socket.terminate();
    // Nobody hears how it ends: the service's own books have to tell.
    parts.books.end({ ...opened, reason: 'cancelled', code: null, fault: 'socket' });
  };
}

function pick<T>(items: readonly T[], random: () => number): T {
  return items[Math.floor(random() * items.length)]!;
}

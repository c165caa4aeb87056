/** Serves a pool's snapshot on a Unix socket of mode 0600 in a directory of mode 0700. */
import { chmod, lstat, unlink } from 'node:fs/promises';
import net from 'node:net';
import { TenantryError, codeOf } from '../errors/errors.js';
import {
  InspectorRequest,
  LONGEST_REQUEST_BYTES,
  refusalReply,
  type InspectorReply,
} from './inspector-protocol.js';
import { claimSocketPath } from './socket-guard.js';

export interface InspectorServer {
  readonly path: string;
  close(): Promise<void>;
}

/** Answers one request; what it throws becomes a refusal. */
export type InspectorAnswer = (request: InspectorRequest) => Promise<unknown>;

/** A client that says nothing is not waited for. */
const REQUEST_TIMEOUT_MS = 5_000;

/**
 * Listens at `socketPath`. Never keeps the process alive.
 * @throws TENANTRY_SOCKET_* as `claimSocketPath`, TENANTRY_SOCKET_FAILED
 */
export async function serveInspector(
  socketPath: string,
  answer: InspectorAnswer,
): Promise<InspectorServer> {
  await claimSocketPath(socketPath);
  const connections = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    connections.add(socket);
    socket.unref();
    socket.on('close', () => connections.delete(socket));
    serveOne(socket, answer);
  });
  await listen(server, socketPath);
  await chmod(socketPath, 0o600);
  const { ino } = await lstat(socketPath);
  server.unref();
  return {
    path: socketPath,
    close: async () => {
      for (const socket of connections) socket.destroy();
      // Closing unlinks the path, also when by now it is another process's: only ours may go.
      const there = await lstat(socketPath).catch(() => undefined);
      await new Promise<void>((resolve) => server.close(() => resolve()));
      if (there?.ino === ino) await unlink(socketPath).catch(() => undefined);
    },
  };
}

function listen(server: net.Server, socketPath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      const inUse = codeOf(cause) === 'EADDRINUSE';
      reject(
        new TenantryError(
          inUse ? 'TENANTRY_SOCKET_IN_USE' : 'TENANTRY_SOCKET_FAILED',
          `${socketPath}: ${inUse ? 'a live process already listens there' : cause.message}`,
          { cause },
        ),
      );
    });
    server.listen(socketPath, resolve);
  });
}

function serveOne(socket: net.Socket, answer: InspectorAnswer): void {
  let received = '';
  socket.setEncoding('utf8');
  socket.setTimeout(REQUEST_TIMEOUT_MS, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: string) => {
    received += chunk;
    const end = received.indexOf('\n');
    if (end === -1 && received.length <= LONGEST_REQUEST_BYTES) return;
    socket.removeAllListeners('data');
    const line = end === -1 ? '' : received.slice(0, end);
    void replyTo(line, answer).then((reply) => socket.end(`${JSON.stringify(reply)}\n`));
  });
}

async function replyTo(line: string, answer: InspectorAnswer): Promise<InspectorReply> {
  try {
    return { ok: true, value: await answer(parseRequest(line)) };
  } catch (error) {
    return refusalReply(error);
  }
}

function parseRequest(line: string): InspectorRequest {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    json = undefined;
  }
  const parsed = InspectorRequest.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new TenantryError(
    'TENANTRY_INSPECTOR_REQUEST_INVALID',
    'expected one line of JSON such as {"command":"snapshot"}',
    { cause: parsed.error },
  );
}

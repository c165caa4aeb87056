/** Answers for a pool on a Unix socket of mode 0600 in a directory of mode 0700. */
import { randomBytes } from 'node:crypto';
import { chmod, link, lstat, unlink } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { TenantryError, codeOf } from '../errors/errors.js';
import {
  LONGEST_REQUEST_BYTES,
  parseInspectorRequest,
  type InspectorRequest,
} from './inspector-protocol.js';
import { refusalReply, type InspectorReply } from './inspector-reply.js';
import { claimSocketPath } from './socket-guard.js';

export interface InspectorServer {
  readonly path: string;
  close(): Promise<void>;
}

/** Answers one request; what it throws becomes a refusal. */
export type InspectorAnswer = (request: InspectorRequest) => Promise<unknown>;

/** A client that neither says nor takes anything is not waited for. */
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
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    connections.add(socket);
    socket.unref();
    socket.on('close', () => connections.delete(socket));
    serveOne(socket, answer);
  });
  const ino = await listenAt(server, socketPath);
  server.unref();
  return {
    path: socketPath,
    close: async () => {
      for (const socket of connections) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      // By now another process may have put its own there: only ours may go.
      const there = await lstat(socketPath).catch(() => undefined);
      if (there?.ino === ino) await unlink(socketPath).catch(() => undefined);
    },
  };
}

/**
 * Binds under a passing name and answers the socket's inode: closing a server unlinks whatever stands
 * at the name it bound, and a link, unlike a rename, never replaces what came there meanwhile.
 */
async function listenAt(server: net.Server, socketPath: string): Promise<number> {
  const { dir, base } = path.parse(socketPath);
  // No longer than the name itself, whose length has been checked.
  const passing = path.join(dir, randomBytes(8).toString('hex').slice(0, base.length));
  try {
    await listen(server, passing);
    await chmod(passing, 0o600);
    await link(passing, socketPath);
    return (await lstat(socketPath)).ino;
  } catch (cause) {
    server.close();
    const inUse = codeOf(cause) === 'EEXIST';
    throw new TenantryError(
      inUse ? 'TENANTRY_SOCKET_IN_USE' : 'TENANTRY_SOCKET_FAILED',
      `${socketPath}: ${inUse ? 'a live process already listens there' : String(cause)}`,
      { cause },
    );
  } finally {
    await unlink(passing).catch(() => undefined);
  }
}

function listen(server: net.Server, socketPath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, resolve);
  });
}

function serveOne(socket: net.Socket, answer: InspectorAnswer): void {
  let received = '';
  let isAnswered = false;
  const answerOnce = (line: string): void => {
    if (isAnswered) return;
    isAnswered = true;
    // An answer takes as long as it takes; a profile its seconds.
    socket.setTimeout(0);
    void replyTo(line, answer).then((reply) => {
      socket.setTimeout(REQUEST_TIMEOUT_MS);
      socket.end(`${JSON.stringify(reply)}\n`);
    });
  };
  socket.setEncoding('utf8');
  socket.setTimeout(REQUEST_TIMEOUT_MS, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: string) => {
    if (isAnswered) return;
    received += chunk;
    const end = received.indexOf('\n');
    if (end !== -1) answerOnce(received.slice(0, end));
    else if (received.length > LONGEST_REQUEST_BYTES) answerOnce('');
  });
  // A client that has said everything may end its side before it gets its answer.
  socket.on('end', () => answerOnce(received));
}

async function replyTo(line: string, answer: InspectorAnswer): Promise<InspectorReply> {
  try {
    return { ok: true, value: await answer(parseInspectorRequest(line)) };
  } catch (error) {
    return refusalReply(error);
  }
}

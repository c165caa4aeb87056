/** Asks a running pool over its socket, and finds which pools run. */
import { lstat, readdir } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { TenantryError, codeOf } from '../errors/errors.js';
import { fromWireError, type WireError } from '../errors/wire-error.js';
import type { InspectorRequest } from './inspector-protocol.js';
import { isReply } from './inspector-reply.js';
import { checkSocket, isAnswered } from './socket-guard.js';
import { socketDirectory } from './socket-path.js';

const REPLY_TIMEOUT_MS = 5_000;

export interface AskOptions {
  /** Gives the question up at once. */
  readonly signal?: AbortSignal | undefined;
  /** Longest silence before the answer; default 5 s. */
  readonly replyTimeoutMs?: number;
}

/**
 * One question, one answer.
 * @throws TENANTRY_RUNTIME_NONE, TENANTRY_SOCKET_*, TENANTRY_INSPECTOR_REPLY_INVALID, or what the
 *   pool refused the request with
 */
export async function askInspector(
  socketPath: string,
  request: InspectorRequest,
  options: AskOptions = {},
): Promise<unknown> {
  await checkSocket(socketPath);
  const text = await exchange(socketPath, `${JSON.stringify(request)}\n`, options);
  let reply: unknown;
  let cause: unknown;
  try {
    reply = JSON.parse(text);
  } catch (error) {
    cause = error;
  }
  if (!isReply(reply)) {
    throw new TenantryError(
      'TENANTRY_INSPECTOR_REPLY_INVALID',
      `${socketPath}: the reply is no reply of an inspector`,
      { cause },
    );
  }
  if (reply.ok) return reply.value;
  throw refusal(reply.error, request, socketPath);
}

/** A program asks nothing that its own version does not know: then the pool is of another. */
function refusal(error: WireError, { command }: InspectorRequest, socketPath: string): Error {
  if (error.code !== 'TENANTRY_INSPECTOR_REQUEST_INVALID') return fromWireError(error);
  return new TenantryError(
    'TENANTRY_INSPECTOR_REQUEST_INVALID',
    `${socketPath}: the pool does not know the request "${command}" as this program asks it; ` +
      'they are of different versions (`tenantry snapshot` shows that of the pool)',
    { cause: fromWireError(error), details: { command } },
  );
}

/** The sockets of this user's running pools, sorted by name. */
export async function listRuntimes(directory = socketDirectory()): Promise<string[]> {
  const files = await readdir(directory).catch(() => [] as string[]);
  const sockets: string[] = [];
  for (const file of files.sort()) {
    const socketPath = path.join(directory, file);
    if (!file.endsWith('.sock')) continue;
    const stats = await lstat(socketPath).catch(() => undefined);
    if (stats?.isSocket() === true && (await isAnswered(socketPath))) sockets.push(socketPath);
  }
  return sockets;
}

function exchange(
  socketPath: string,
  line: string,
  { signal, replyTimeoutMs = REPLY_TIMEOUT_MS }: AskOptions,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ path: socketPath, ...(signal === undefined ? {} : { signal }) });
    let received = '';
    socket.setEncoding('utf8');
    socket.setTimeout(replyTimeoutMs, () => {
      socket.destroy();
      reject(
        new TenantryError(
          'TENANTRY_SOCKET_FAILED',
          `${socketPath}: no answer within ${replyTimeoutMs} ms`,
        ),
      );
    });
    socket.on('connect', () => socket.write(line));
    socket.on('data', (chunk: string) => (received += chunk));
    socket.on('end', () => resolve(received));
    socket.on('error', (cause) => {
      const dead = codeOf(cause) === 'ECONNREFUSED' || codeOf(cause) === 'ENOENT';
      reject(
        new TenantryError(
          dead ? 'TENANTRY_RUNTIME_NONE' : 'TENANTRY_SOCKET_FAILED',
          dead ? `no running pool at ${socketPath}` : `${socketPath}: ${cause.message}`,
          { cause },
        ),
      );
    });
  });
}

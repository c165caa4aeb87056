/**
 * The pools that run on this host for this user: which one is meant, and its snapshot. How a socket is
 * asked is left to core; what is shown of the answer to the views.
 */
import { stat } from 'node:fs/promises';
import type { PoolBundle, PoolProfile } from '@tenantry/core';
import {
  TenantryError,
  BUNDLE_DEADLINE_MS,
  askInspector,
  listRuntimes,
  parsePoolBundle,
  parsePoolProfile,
  profileDeadlineMs,
  socketDirectory,
  type TargetedProfile,
} from '@tenantry/core/internal';
import { parseSnapshot, type Snapshot } from '@tenantry/core/snapshot';

/**
 * The socket that is meant: the named one, else `TENANTRY_SOCKET`, else the only one there is.
 * @throws TENANTRY_RUNTIME_NONE, TENANTRY_RUNTIME_AMBIGUOUS
 */
export async function findSocket(
  named: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const chosen = named ?? env['TENANTRY_SOCKET'];
  if (chosen !== undefined && chosen !== '') return chosen;
  const directory = socketDirectory(env);
  const sockets = await listRuntimes(directory);
  if (sockets.length === 1) return sockets[0]!;
  if (sockets.length > 1) throw await ambiguous(sockets);
  throw new TenantryError(
    'TENANTRY_RUNTIME_NONE',
    `no running pool found (looked in ${directory}); ` +
      'name the socket of another place with --socket or TENANTRY_SOCKET',
    { details: { directory } },
  );
}

/**
 * The socket of the pool that uses a state directory: the named one, else `TENANTRY_SOCKET` or any there
 * is; undefined where none that answers says so.
 */
export async function findSocketOf(
  stateDir: string,
  named: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const found =
    named === undefined
      ? [env['TENANTRY_SOCKET'] ?? '', ...(await listRuntimes(socketDirectory(env)))]
      : [named];
  const uses = await Promise.all(
    found.map(async (socket) => {
      if (socket === '') return false;
      try {
        const { runtime } = await fetchSnapshot(socket);
        return runtime.stateDir !== undefined && (await isSameFile(runtime.stateDir, stateDir));
      } catch {
        return false;
      }
    }),
  );
  return found.find((_, at) => uses[at]);
}

/** A directory has as many names as links and mounts lead to it. */
async function isSameFile(one: string, other: string): Promise<boolean> {
  const [first, second] = await Promise.all([one, other].map((file) => stat(file)));
  return first!.dev === second!.dev && first!.ino === second!.ino;
}

/** An aborted question is given up at once.
 *  @throws TENANTRY_RUNTIME_NONE, TENANTRY_SOCKET_*, TENANTRY_INSPECTOR_REPLY_INVALID */
export async function fetchSnapshot(socketPath: string, signal?: AbortSignal): Promise<Snapshot> {
  return parseSnapshot(await askInspector(socketPath, { command: 'snapshot' }, { signal }));
}

/**
 * Resolves when the profile has been taken.
 * @throws TENANTRY_PROFILE_*, TENANTRY_RUNTIME_NONE, TENANTRY_SOCKET_*,
 *   TENANTRY_INSPECTOR_REPLY_INVALID
 */
export async function fetchProfile(
  socketPath: string,
  request: TargetedProfile,
): Promise<PoolProfile> {
  // The main thread, a child and the way to either lie between.
  const replyTimeoutMs = profileDeadlineMs(request, 3);
  const question = { command: 'profile', ...request } as const;
  return parsePoolProfile(await askInspector(socketPath, question, { replyTimeoutMs }));
}

/**
 * Resolves when the bundle lies in the pool's state directory.
 * @throws TENANTRY_BUNDLE_*, TENANTRY_TENANT_UNKNOWN, TENANTRY_RUNTIME_NONE, TENANTRY_SOCKET_*,
 *   TENANTRY_INSPECTOR_REPLY_INVALID
 */
export async function fetchBundle(socketPath: string, tenant: string | null): Promise<PoolBundle> {
  const question = { command: 'bundle', tenant } as const;
  const options = { replyTimeoutMs: BUNDLE_DEADLINE_MS };
  return parsePoolBundle(await askInspector(socketPath, question, options));
}

async function ambiguous(sockets: readonly string[]): Promise<TenantryError> {
  const lines = await Promise.all(
    sockets.map(async (socket) => `  ${socket}  ${await nameOf(socket)}`),
  );
  return new TenantryError(
    'TENANTRY_RUNTIME_AMBIGUOUS',
    `${sockets.length} pools run here: choose one with --socket PATH or TENANTRY_SOCKET\n` +
      lines.join('\n'),
    { details: { sockets } },
  );
}

async function nameOf(socket: string): Promise<string> {
  try {
    const { runtime } = await fetchSnapshot(socket);
    return `pool "${runtime.name}", pid ${runtime.pid}, ${runtime.state}`;
  } catch {
    return 'does not answer';
  }
}

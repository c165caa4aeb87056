/** Where a runtime's socket lies: one private directory a user, one file a runtime. */
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { TenantryError } from '../errors/errors.js';

/** Linux keeps 107 bytes of a socket's path; Node 20 and 22 cut longer ones without a word. */
const LONGEST_SOCKET_PATH_BYTES = 107;

/** `$XDG_RUNTIME_DIR/tenantry`, or a directory of the user's in the system's temporary one. */
export function socketDirectory(env: NodeJS.ProcessEnv = process.env): string {
  const runtimeDir = env['XDG_RUNTIME_DIR'];
  if (runtimeDir !== undefined && path.isAbsolute(runtimeDir))
    return path.join(runtimeDir, 'tenantry');
  return path.join(os.tmpdir(), `tenantry-${process.getuid?.() ?? 'user'}`);
}

/** The socket of one pool of this process, or of the one whose `pid` it is known by. */
export function socketPathOf(name: string, sequence: number, pid = process.pid): string {
  const file = sequence === 0 ? `${name}-${pid}.sock` : `${name}-${pid}-${sequence}.sock`;
  return path.join(socketDirectory(), file);
}

/** @throws TENANTRY_SOCKET_PATH_TOO_LONG */
export function checkPathLength(socketPath: string): void {
  const bytes = Buffer.byteLength(socketPath);
  if (bytes <= LONGEST_SOCKET_PATH_BYTES) return;
  throw new TenantryError(
    'TENANTRY_SOCKET_PATH_TOO_LONG',
    `socket path of ${bytes} bytes: the limit is ${LONGEST_SOCKET_PATH_BYTES} (${socketPath})`,
    { details: { received: bytes, limit: LONGEST_SOCKET_PATH_BYTES } },
  );
}

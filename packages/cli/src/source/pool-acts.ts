/**
 * Has a running pool do something, or say why something was done. What is asked is left to the
 * commands, how the answer looks to the views.
 */
import {
  TenantryError,
  LONGEST_DRAIN_MS,
  askInspector,
  type ControlReply,
  type ControlRequest,
  type Explanation,
} from '@tenantry/core/internal';

/**
 * Sessions end within their tenant's `abortGraceMs`, 5 s by default, which is not known here: this
 * much is waited for beyond the time that was asked for.
 */
const GRACE_MS = 60_000;

/**
 * Resolves when it has been done.
 * @throws what the pool refused it with, TENANTRY_RUNTIME_NONE, TENANTRY_SOCKET_*,
 *   TENANTRY_INSPECTOR_REPLY_INVALID
 */
export async function askControl(
  socketPath: string,
  request: ControlRequest,
): Promise<ControlReply> {
  const reply = await askInspector(socketPath, request, patienceFor(request));
  if (isControlReply(reply)) return reply;
  throw new TenantryError(
    'TENANTRY_INSPECTOR_REPLY_INVALID',
    `${socketPath}: the reply does not say what was done`,
  );
}

/**
 * @throws what the pool refused it with, TENANTRY_RUNTIME_NONE, TENANTRY_SOCKET_*,
 *   TENANTRY_INSPECTOR_REPLY_INVALID
 */
export async function askExplanation(socketPath: string, name: string): Promise<Explanation> {
  const reply = await askInspector(socketPath, { command: 'explain', name });
  if (isExplanation(reply)) return reply;
  throw new TenantryError(
    'TENANTRY_INSPECTOR_REPLY_INVALID',
    `${socketPath}: the reply is no explanation`,
  );
}

/** How long a pool may be silent: a drain takes its time, and what is ended has its grace. */
export function patienceFor(request: ControlRequest): { readonly replyTimeoutMs?: number } {
  if (request.dryRun) return {};
  if (request.command === 'kick') return { replyTimeoutMs: GRACE_MS };
  if (request.command !== 'drain') return {};
  // The pool's own `drainTimeoutMs` is not known here; one that ends meanwhile closes the connection.
  return { replyTimeoutMs: (request.timeoutMs ?? LONGEST_DRAIN_MS) + GRACE_MS };
}

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function isControlReply(value: unknown): value is ControlReply {
  if (!isFields(value)) return false;
  const { command, target, isDryRun, changed, before, after, said } = value;
  return (
    [command, target, said].every((text) => typeof text === 'string') &&
    [isDryRun, changed].every((flag) => typeof flag === 'boolean') &&
    [before, after].every(isFields)
  );
}

function isExplanation(value: unknown): value is Explanation {
  if (!isFields(value)) return false;
  const { about, name, sentences, records } = value;
  return (
    (about === 'tenant' || about === 'session') &&
    typeof name === 'string' &&
    Array.isArray(sentences) &&
    sentences.every((sentence) => typeof sentence === 'string') &&
    Array.isArray(records) &&
    records.every(isFields)
  );
}

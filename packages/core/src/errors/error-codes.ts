/**
 * The one table of error codes. A code is a contract: it never changes its meaning and it survives a
 * thread or process boundary. `docs/errors.md` has a heading for each, held equal by a test.
 * Building and carrying errors is left to `errors.ts` and `wire-error.ts`.
 */

interface CodeEntry {
  /** What went wrong, in one sentence without values. */
  readonly meaning: string;
  /** Whether the same call can succeed later without anyone changing it. */
  readonly retryable: boolean;
}

const refused = (meaning: string): CodeEntry => ({ meaning, retryable: false });
const retryable = (meaning: string): CodeEntry => ({ meaning, retryable: true });

export const ERROR_CODES = {
  TENANTRY_OPTIONS_INVALID: refused(
    'An option is misspelt, of the wrong type or out of its range.',
  ),
  TENANTRY_TENANT_ID_INVALID: refused('A tenant id is not 1 to 128 letters, digits, "-" or "_".'),
  TENANTRY_AGENT_NAME_INVALID: refused('An agent name is not 1 to 64 letters, digits, "-" or "_".'),
  TENANTRY_AGENT_UNKNOWN: refused('The named agent is not registered.'),
  TENANTRY_AGENT_NONE: refused('The pool has no agent at all.'),
  TENANTRY_AGENT_DUPLICATE: refused('Two agents have the same name.'),
  TENANTRY_AGENT_INVALID: refused('A module or value is not an agent made by defineAgent.'),
  TENANTRY_AGENT_PATH_REFUSED: refused('An agent file is not a regular file inside its folder.'),
  TENANTRY_AGENT_LOAD_FAILED: refused(
    'An agent module threw or could not be parsed while loading.',
  ),
  TENANTRY_AGENT_LOAD_TIMEOUT: refused('An agent module did not finish loading in time.'),
  TENANTRY_AGENT_NOT_PORTABLE: refused(
    'An agent without a module URL was asked to run in an isolate.',
  ),
  TENANTRY_AGENT_EXIT: refused('An agent called process.exit on the shared loop.'),
  TENANTRY_ROUTER_FAILED: refused('The router threw or did not return an agent name.'),
  TENANTRY_JOB_NOT_OURS: refused('No registered agent owns this job and job scoping is on.'),
  TENANTRY_INPUT_INVALID: refused("The session's input does not match the agent's schema."),
  TENANTRY_MESSAGE_UNCLONEABLE: refused('A value cannot be structured-cloned.'),
  TENANTRY_MESSAGE_TOO_LARGE: refused('A value is larger than maxMessageBytes.'),
  TENANTRY_MESSAGE_TOO_DEEP: refused('A value is nested deeper than maxMessageDepth.'),
  TENANTRY_CHANNEL_OVERFLOW: retryable(
    'More messages wait to be sent than the queue holds; the sender did not await send.',
  ),
  TENANTRY_SESSION_ENDED: refused('The session has ended; nothing more can be sent.'),
  TENANTRY_SESSION_MOVED: refused('The session goes on in another place; this code of it is over.'),
  TENANTRY_SESSION_CANCELLED: refused('The session was cancelled by its client.'),
  TENANTRY_SESSION_TIMED_OUT: refused('The session ran longer than maxDurationMs.'),
  TENANTRY_SESSION_IDLE: refused('The session exchanged no message for idleTimeoutMs.'),
  TENANTRY_SESSION_DRAINED: retryable('The session was ended by a drain at its deadline.'),
  TENANTRY_SESSION_SHUTDOWN: retryable('The session was ended because its pool closed.'),
  TENANTRY_SESSION_START_TIMEOUT: retryable('The agent was not entered in time in its isolate.'),
  TENANTRY_POOL_NOT_STARTED: refused('The pool has not been started.'),
  TENANTRY_POOL_ALREADY_STARTED: refused('The pool has been started before.'),
  TENANTRY_POOL_DRAINING: retryable('The pool is draining and admits no session.'),
  TENANTRY_TENANT_DRAINING: retryable('The tenant is being drained and starts no session.'),
  TENANTRY_POOL_CLOSED: refused('The pool is closed.'),
  TENANTRY_POOL_IN_ISOLATE: refused('A pool was made by a module that an isolate loads.'),
  TENANTRY_POOL_CAP: retryable('The pool runs maxConcurrentSessions sessions.'),
  TENANTRY_TENANT_CAP: retryable('The tenant runs as many sessions as it may.'),
  TENANTRY_AGENT_CAP: retryable('The agent runs as many sessions as it may.'),
  TENANTRY_TENANT_QUARANTINED: retryable(
    'The tenant is quarantined: for its offences, or because its isolate kept failing.',
  ),
  TENANTRY_TENANT_UNKNOWN: refused(
    'No tenant of this name is listed or has been seen by the pool.',
  ),
  TENANTRY_TENANT_PINNED: refused('The tenant is pinned to its rung by a person or an option.'),
  TENANTRY_TENANT_CONFINED: refused(
    'The tenant is confined: its running sessions go no lower than its new ones start.',
  ),
  TENANTRY_SESSION_UNKNOWN: refused('No session that runs has this name.'),
  TENANTRY_BREAKER_OPEN: retryable(
    "The tenant's circuit breaker is open: its sessions kept failing.",
  ),
  TENANTRY_RATE_LIMITED: retryable(
    'A rate limit lets in no more for now: session starts of a tenant, or requests of a caller.',
  ),
  TENANTRY_QUEUE_FULL: retryable('The pool is full, and as many opens wait for it as may.'),
  TENANTRY_QUEUE_TIMEOUT: retryable('The pool stayed full for as long as an open may wait for it.'),
  TENANTRY_TENANT_CONFIG_FAILED: retryable("The tenant's config function threw or hung."),
  TENANTRY_ISOLATES_MISSING: refused("isolation: 'process' was asked of a pool without isolates."),
  TENANTRY_ISOLATE_LIMIT: retryable('The pool runs maxIsolates isolates.'),
  TENANTRY_ISOLATE_BACKOFF: retryable("The tenant's isolate failed and waits before it restarts."),
  TENANTRY_ISOLATE_START_FAILED: retryable('An isolate could not be started.'),
  TENANTRY_ISOLATE_START_TIMEOUT: retryable('An isolate did not become ready in time.'),
  TENANTRY_ISOLATE_CRASHED: retryable('The isolate ended under the session.'),
  TENANTRY_ISOLATE_UNRESPONSIVE: retryable('The isolate stopped responding and was ended.'),
  TENANTRY_ISOLATE_CALL_TIMEOUT: retryable(
    'A control call to an isolate was not answered in time.',
  ),
  TENANTRY_CPU_LIMIT: refused('The session used more CPU time than it may.'),
  TENANTRY_MEMORY_LIMIT: retryable('The isolate passed its memory limit and was ended.'),
  TENANTRY_SOCKET_PATH_TOO_LONG: refused('A socket path is longer than the 107 bytes Linux keeps.'),
  TENANTRY_SOCKET_DIR_UNSAFE: refused(
    'The socket directory is not a private directory of this user.',
  ),
  TENANTRY_SOCKET_SYMLINK: refused('The socket path is a symbolic link.'),
  TENANTRY_SOCKET_NOT_A_SOCKET: refused('The socket path is taken by something that is no socket.'),
  TENANTRY_SOCKET_FOREIGN: refused('The socket path belongs to another user.'),
  TENANTRY_SOCKET_IN_USE: refused('A live process already listens on the socket path.'),
  TENANTRY_SOCKET_FAILED: retryable('The socket could not be opened or read.'),
  TENANTRY_INSPECTOR_REQUEST_INVALID: refused('The inspector does not know this request.'),
  TENANTRY_INSPECTOR_REPLY_INVALID: refused(
    'The reply on the socket is no snapshot of this version.',
  ),
  TENANTRY_LOG_FAILED: refused('The log file could not be opened.'),
  TENANTRY_LOG_NONE: refused('The pool has no log file.'),
  TENANTRY_METRICS_FAILED: refused('The metrics file could not be opened.'),
  TENANTRY_STATE_DIR_UNSAFE: refused(
    'The state directory is not a private directory of this user.',
  ),
  TENANTRY_STATE_IN_USE: refused('A pool that runs already uses the state directory.'),
  TENANTRY_STATE_FAILED: retryable('The disk refused to read or keep durable state.'),
  TENANTRY_STATE_DAMAGED: refused(
    'A state file could not be read whole, or was lost while it was in use, and begins anew.',
  ),
  TENANTRY_UNAUTHORIZED: refused('No credential was shown, or one that is not accepted.'),
  TENANTRY_TOKEN_EXPIRED: refused('The key or token was good, and its time is over.'),
  TENANTRY_FORBIDDEN: refused('Who asks is known, and may not do this, or not with this tenant.'),
  TENANTRY_AUTH_REQUIRED: refused(
    'A service that others can reach was started without authentication.',
  ),
  TENANTRY_AUTH_UNAVAILABLE: retryable(
    'The keys that tokens are checked with cannot be fetched from their issuer.',
  ),
  TENANTRY_KEY_UNKNOWN: refused('No API key has this id.'),
  TENANTRY_JOBS_NOT_DURABLE: refused(
    'Jobs were asked of a pool without stateDir, and not told to be in memory only.',
  ),
  TENANTRY_JOB_UNKNOWN: refused('No job of this id is kept.'),
  TENANTRY_JOB_NOT_JSON: refused("A job's input or metadata holds what JSON cannot carry."),
  TENANTRY_JOB_TOO_LARGE: refused("A job's input and metadata are larger than maxPayloadBytes."),
  TENANTRY_JOB_QUEUE_FULL: retryable('As many jobs of the tenant wait as may.'),
  TENANTRY_JOB_STORE_FULL: retryable('All jobs together hold as many bytes as they may.'),
  TENANTRY_JOB_KEY_REUSED: refused(
    'An idempotency key was used before, for another agent or payload.',
  ),
  TENANTRY_JOB_SETTLED: refused('The job is done, cancelled or a dead letter already.'),
  TENANTRY_JOB_NOT_DEAD: refused('The job is no dead letter.'),
  TENANTRY_JOB_INTERRUPTED: retryable('The process ended while the job ran, or was about to.'),
  TENANTRY_JOB_DEADLINE: refused('The job was not started within its deadlineMs.'),
  TENANTRY_PROFILE_TARGET_UNKNOWN: refused(
    'Nothing that runs has the name a profile was asked of.',
  ),
  TENANTRY_PROFILE_TARGET_ENDED: retryable('The isolate ended while its profile was taken.'),
  TENANTRY_PROFILE_BUSY: retryable('Another profile is being taken in this process.'),
  TENANTRY_PROFILE_TIMEOUT: retryable(
    'The thread did not answer in time: it is in a native call, or a loop on the way is blocked.',
  ),
  TENANTRY_PROFILE_TOO_LARGE: refused('The profile is larger than 64 MiB.'),
  TENANTRY_PROFILE_DEBUGGER: retryable('A debugger may be attached, and no profile beside one.'),
  TENANTRY_PROFILE_UNAVAILABLE: retryable(
    'No observer watches the pool: introspection is off, or it is being started again.',
  ),
  TENANTRY_RECORDING_INVALID: refused(
    'A file or value is no recording of a session, or one of another version.',
  ),
  TENANTRY_REPLAY_EFFECT_MISSING: refused(
    'A replay reached a side effect whose result was not recorded.',
  ),
  TENANTRY_FILE_UNREADABLE: refused('A file that a command was given could not be read.'),
  TENANTRY_FILE_UNWRITABLE: refused('What a command made could not be written where it was to go.'),
  TENANTRY_CONFIG_FAILED: refused('The configuration file could not be found, read or loaded.'),
  TENANTRY_ADDRESS_IN_USE: refused('Another process listens on the address already.'),
  TENANTRY_LISTEN_FAILED: refused('The system refused to listen on the address.'),
  TENANTRY_SERVICE_GAVE_UP: refused(
    'The worker of a service kept ending and was not started again.',
  ),
  TENANTRY_REPLAY_AGENT_MISSING: refused('No file of the folder has the agent of the recording.'),
  TENANTRY_REPLAY_OTHER_VERSION: refused('The agent is not the version that was recorded.'),
  TENANTRY_REPLAY_NOT_AUDITED: refused(
    'A replay with side effects is in no audit trail, and was not begun.',
  ),
  TENANTRY_REPLAY_FAILED: refused('The process that ran a replay did not come to its end.'),
  TENANTRY_DRY_RUN_REFUSED: refused('An agent tried to act in a dry run, which only looks.'),
  TENANTRY_BUNDLE_UNAVAILABLE: retryable(
    'The pool makes no bundles: no stateDir, introspection or incidents off, or no observer now.',
  ),
  TENANTRY_BUNDLE_BUSY: retryable('As many bundles are being made as may wait for one another.'),
  TENANTRY_BUNDLE_FAILED: retryable('A bundle could not be packed or written.'),
  TENANTRY_BUNDLE_INVALID: refused('The file is cut off, damaged, or no incident bundle.'),
  TENANTRY_BUNDLE_TOO_LARGE: refused('The file, or what it unpacks to, is larger than any bundle.'),
  TENANTRY_BUNDLE_VERSION: refused('The bundle is of a format that this program does not read.'),
  TENANTRY_RUNTIME_NONE: retryable('No running pool was found on this host for this user.'),
  TENANTRY_RUNTIME_AMBIGUOUS: refused('Several pools run on this host and none was chosen.'),
  TENANTRY_REQUEST_INVALID: refused("A request's path, query, header, body or frame is malformed."),
  TENANTRY_REQUEST_TOO_LARGE: refused(
    "A request's body or headers are larger than the gateway takes.",
  ),
  TENANTRY_REQUEST_TIMEOUT: retryable('A request did not arrive whole in time.'),
  TENANTRY_MEDIA_TYPE_UNSUPPORTED: refused(
    'A request body is not JSON in UTF-8, or is compressed.',
  ),
  TENANTRY_ROUTE_UNKNOWN: refused('The gateway has nothing at this path.'),
  TENANTRY_METHOD_NOT_ALLOWED: refused('The path is there, but not with this method.'),
  TENANTRY_ORIGIN_REFUSED: refused(
    'A request names a host or comes from a web page that the gateway does not serve.',
  ),
  TENANTRY_IDEMPOTENCY_CONFLICT: refused(
    'The same Idempotency-Key came before with another request.',
  ),
  TENANTRY_RESUME_LOST: refused('A session cannot be resumed where its client left it.'),
  TENANTRY_OVERLOADED: retryable('The gateway sheds load: it has as many connections as it may.'),
  TENANTRY_HOST_NOT_READY: refused('Something that is configured cannot work on this host.'),
  TENANTRY_CONNECTION_LOST: retryable('The gateway could not be reached.'),
  TENANTRY_CONNECTION_TAKEN: refused('Another connection took the session over.'),
  TENANTRY_INTERNAL: refused('An invariant of the runtime broke: a bug of ours.'),
} as const satisfies Record<string, CodeEntry>;

/** Every code the runtime can answer with. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** Whether `value` is one of the codes of the table. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(ERROR_CODES, value);
}

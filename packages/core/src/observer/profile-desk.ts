/**
 * Profiles on demand for all pools of a process: one at a time, each with an end. Resolves the target,
 * asks a thread of this process itself and a child through the main thread. How a profile is taken is
 * told in `profile.ts`.
 */
import { TenantryError, codeOf } from '../errors/errors.js';
import type { TargetedProfile } from '../inspector/inspector-protocol.js';
import {
  profileDeadlineMs,
  type PoolProfile,
  type ProfileRequest,
} from '../inspector/pool-profile.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import type { Clock } from '../time/clock.js';
import { withDeadline } from '../time/deadline.js';
import type { InspectorTarget } from './inspector-target.js';
import { MOST_PROFILE_BYTES, takeProfile, targetEnded } from './profile.js';
import { resolveProfileTarget, type ProfileTarget } from './profile-target.js';
import type { TakenProfile } from './sampling-profilers.js';

export interface ProfileDeskParts {
  readonly clock: Clock;
  /** Whether a debugger may be attached to this process. */
  hasDebugger(): boolean;
  /** The thread of this process; null is the main one. */
  open(threadId: number | null): InspectorTarget;
  /** Asks the main thread for a profile of a child. */
  profileChild(pool: number, isolate: string, request: ProfileRequest): Promise<TakenProfile>;
  /** Whether a connection to a thread is open, which would delay the process's exit. */
  connected(is: boolean): void;
}

interface Running {
  readonly pool: number;
  isolate: string | undefined;
  readonly untilMs: number;
  readonly abort: AbortController;
}

export class ProfileDesk {
  readonly #parts: ProfileDeskParts;
  #running: Running | undefined;

  constructor(parts: ProfileDeskParts) {
    this.#parts = parts;
  }

  /** @throws TENANTRY_PROFILE_*, TENANTRY_POOL_CLOSED */
  async take(
    pool: number,
    snapshot: () => Promise<Snapshot>,
    { target: name, type, seconds }: TargetedProfile,
  ): Promise<PoolProfile> {
    const running = this.#begin(pool, seconds);
    try {
      const request: ProfileRequest = { type, seconds };
      const seen = await unlessAborted(running.abort.signal, snapshot());
      const { threadId, ...target } = resolveProfileTarget(seen, name);
      running.isolate = target.isolate;
      if (this.#parts.hasDebugger()) throw debuggerAttached();
      const { sampledMs, profile } = await this.#sample(running, { ...target, threadId }, request);
      return { name: seen.runtime.name, target, type, seconds, sampledMs, profile };
    } catch (error) {
      throw about(error, running.isolate);
    } finally {
      this.#running = undefined;
    }
  }

  isolateEnded(pool: number, isolate: string): void {
    if (this.#running?.pool !== pool || this.#running.isolate !== isolate) return;
    this.#running.abort.abort(targetEnded('its thread or process is gone'));
  }

  poolClosed(pool: number): void {
    if (this.#running?.pool !== pool) return;
    this.#running.abort.abort(new TenantryError('TENANTRY_POOL_CLOSED', 'the pool is closed'));
  }

  /** The process ends. */
  stop(): void {
    this.#running?.abort.abort(targetEnded('the process ends'));
  }

  #begin(pool: number, seconds: number): Running {
    const nowMs = this.#parts.clock.nowMs();
    if (this.#running !== undefined) {
      const retryAfterMs = Math.max(1, Math.ceil(this.#running.untilMs - nowMs));
      const of = this.#running.isolate === undefined ? '' : ` of isolate ${this.#running.isolate}`;
      throw new TenantryError(
        'TENANTRY_PROFILE_BUSY',
        `a profile${of} is being taken: try again in ${(retryAfterMs / 1_000).toFixed(1)} s`,
        { retryAfterMs },
      );
    }
    const untilMs = nowMs + seconds * 1_000;
    this.#running = { pool, isolate: undefined, untilMs, abort: new AbortController() };
    return this.#running;
  }

  async #sample(
    { pool, abort: { signal } }: Running,
    { isolate, rung, threadId }: ProfileTarget,
    request: ProfileRequest,
  ): Promise<TakenProfile> {
    const parts = this.#parts;
    const { clock } = parts;
    if (rung === 'process') {
      const asked = unlessAborted(signal, parts.profileChild(pool, isolate, request));
      const limitMs = profileDeadlineMs(request, 2);
      return withDeadline(clock, asked, limitMs, () => mainIsSilent(limitMs));
    }
    const thread = rung === 'coroutine' ? null : threadId;
    let isConnected = false;
    const connect = (): InspectorTarget => {
      isConnected = true;
      parts.connected(true);
      return parts.open(thread);
    };
    const limits = { clock, maxBytes: MOST_PROFILE_BYTES, signal };
    return takeProfile(connect, request, limits).finally(() => {
      if (isConnected) parts.connected(false);
    });
  }
}

/** Settles as `promise` does, or rejects as soon as the signal says so. */
function unlessAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });
  return Promise.race([promise, aborted]);
}

export function debuggerAttached(): TenantryError {
  return new TenantryError(
    'TENANTRY_PROFILE_DEBUGGER',
    'a debugger may be attached (the inspector of Node is open): take the profile there',
  );
}

function mainIsSilent(limitMs: number): TenantryError {
  return new TenantryError(
    'TENANTRY_PROFILE_TIMEOUT',
    `no profile within ${limitMs} ms: a child is asked through the main loop, which is blocked`,
    { details: { limitMs } },
  );
}

/** The same error with the isolate's name in front, where one is known. */
function about(error: unknown, isolate: string | undefined): unknown {
  const names: ReadonlySet<string | undefined> = new Set([
    'TENANTRY_PROFILE_TIMEOUT',
    'TENANTRY_PROFILE_TARGET_ENDED',
    'TENANTRY_PROFILE_TOO_LARGE',
  ]);
  if (isolate === undefined || !names.has(codeOf(error))) return error;
  const { code, message, details } = error as TenantryError;
  return new TenantryError(code, `isolate ${isolate}: ${message}`, { details, cause: error });
}

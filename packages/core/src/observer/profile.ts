/**
 * A profile of one thread through its inspector, without a debugger port, with a deadline and a size
 * limit. What is asked of V8 is told in `sampling-profilers.ts`; which thread, and whether it may be
 * profiled now, is left to the profile desk.
 */
import { TenantryError, codeOf } from '../errors/errors.js';
import { PROFILE_GRACE_MS, type ProfileRequest } from '../inspector/pool-profile.js';
import type { Clock, Timer } from '../time/clock.js';
import type { InspectorTarget } from './inspector-target.js';
import {
  sampleCpu,
  sampleHeap,
  type ProfiledThread,
  type TakenProfile,
} from './sampling-profilers.js';

export interface ProfileLimits {
  readonly clock: Clock;
  /** Of the profile as JSON. */
  readonly maxBytes: number;
  /** Ends it early, with the signal's reason. */
  readonly signal: AbortSignal;
}

export const MOST_PROFILE_BYTES = 64 * 1_048_576;

/**
 * Resolves after `seconds`, and rejects at the latest 5 s after that.
 * @throws TENANTRY_PROFILE_TIMEOUT, TENANTRY_PROFILE_TARGET_ENDED, TENANTRY_PROFILE_TOO_LARGE
 */
export async function takeProfile(
  open: () => InspectorTarget,
  request: ProfileRequest,
  { clock, maxBytes, signal }: ProfileLimits,
): Promise<TakenProfile> {
  signal.throwIfAborted();
  const limitMs = request.seconds * 1_000 + PROFILE_GRACE_MS;
  const ended = new AbortController();
  const giveUp = (): void => ended.abort(signal.reason);
  signal.addEventListener('abort', giveUp);
  const timer = clock.after(limitMs, () => ended.abort(late(limitMs)));
  let target: InspectorTarget | undefined;
  try {
    target = open();
    const sample = request.type === 'cpu' ? sampleCpu : sampleHeap;
    const taken = await sample(askedUntil(ended.signal, target, clock), request.seconds);
    checkSize(taken.profile, maxBytes);
    return taken;
  } catch (error) {
    if (codeOf(error) !== undefined) throw error;
    throw targetEnded((error as Error).message, error);
  } finally {
    timer.cancel();
    signal.removeEventListener('abort', giveUp);
    // Ends what has begun there, and what begins only when a native call has returned.
    target?.close();
  }
}

export function targetEnded(detail: string, cause?: unknown): TenantryError {
  return new TenantryError(
    'TENANTRY_PROFILE_TARGET_ENDED',
    `it ended while its profile was taken: ${detail}`,
    { cause },
  );
}

/** What is asked of the thread, and waited for, until the profile is given up. */
function askedUntil(ended: AbortSignal, target: InspectorTarget, clock: Clock): ProfiledThread {
  const over = new Promise<never>((_resolve, reject) => {
    const stop = (): void => reject(ended.reason as Error);
    ended.addEventListener('abort', stop);
  });
  over.catch(() => {});
  return {
    post: (method, params) => Promise.race([target.post(method, params), over]) as never,
    wait: async (delayMs) => {
      let timer: Timer | undefined;
      const passed = new Promise<void>((resolve) => (timer = clock.after(delayMs, resolve)));
      await Promise.race([passed, over]).finally(() => timer?.cancel());
    },
    nowMs: () => clock.nowMs(),
  };
}

function checkSize(profile: object, maxBytes: number): void {
  const bytes = Buffer.byteLength(JSON.stringify(profile));
  if (bytes <= maxBytes) return;
  throw new TenantryError(
    'TENANTRY_PROFILE_TOO_LARGE',
    `the profile has ${bytes} bytes and the limit is ${maxBytes}: ask for fewer seconds`,
    { details: { bytes, limitBytes: maxBytes } },
  );
}

function late(limitMs: number): TenantryError {
  return new TenantryError(
    'TENANTRY_PROFILE_TIMEOUT',
    `no profile within ${limitMs} ms: the thread is in a native call and answers when that returns`,
    { details: { limitMs } },
  );
}

/**
 * A profile of one thread through its inspector, without a debugger port: V8's sampling profilers,
 * begun and ended by interrupts, which reach JavaScript that never returns. Which thread, and whether
 * it may be profiled now, is left to the profile desk.
 */
import { TenantryError, codeOf } from '../errors/errors.js';
import { PROFILE_GRACE_MS, type ProfileRequest } from '../inspector/pool-profile.js';
import type { Clock } from '../time/clock.js';
import type { InspectorTarget } from './inspector-target.js';

export interface ProfileLimits {
  readonly clock: Clock;
  /** Of the profile as JSON. */
  readonly maxBytes: number;
  /** Ends it early, with the signal's reason. */
  readonly signal: AbortSignal;
}

export interface TakenProfile {
  readonly sampledMs: number;
  readonly profile: Record<string, unknown>;
}

export const MOST_PROFILE_BYTES = 64 * 1_048_576;

const SAMPLING_INTERVAL_US = 1_000;
/** A sample may bring 255 new nodes of the call tree: this many bound what the thread collects. */
const MOST_SAMPLES = 10_000;
const HEAP_SAMPLING_BYTES = 32 * 1_024;

/**
 * Resolves after `seconds`, and rejects at the latest 5 s after that.
 * @throws TENANTRY_PROFILE_TIMEOUT, TENANTRY_PROFILE_TARGET_ENDED, TENANTRY_PROFILE_TOO_LARGE
 */
export async function takeProfile(
  open: () => InspectorTarget,
  request: ProfileRequest,
  { clock, maxBytes, signal }: ProfileLimits,
): Promise<TakenProfile> {
  const limitMs = request.seconds * 1_000 + PROFILE_GRACE_MS;
  const ended = new AbortController();
  const giveUp = (): void => ended.abort(signal.reason);
  signal.addEventListener('abort', giveUp);
  if (signal.aborted) giveUp();
  const timer = clock.after(limitMs, () => ended.abort(late(limitMs)));
  let target: InspectorTarget | undefined;
  try {
    target = open();
    const begin = request.type === 'cpu' ? beginCpu : beginHeap;
    const taken = await sample(target, begin, request.seconds, clock, ended.signal);
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

/** Answers how the profile is ended. */
type Begin = (post: InspectorTarget['post'], seconds: number) => Promise<string>;

async function sample(
  target: InspectorTarget,
  begin: Begin,
  seconds: number,
  clock: Clock,
  ended: AbortSignal,
): Promise<TakenProfile> {
  const over = new Promise<never>((_resolve, reject) => {
    const stop = (): void => reject(ended.reason as Error);
    ended.addEventListener('abort', stop);
    if (ended.aborted) stop();
  });
  over.catch(() => {});
  const post: InspectorTarget['post'] = (method, params) =>
    Promise.race([target.post(method, params), over]) as never;
  const stop = await begin(post, seconds);
  const startMs = clock.nowMs();
  let cancel = (): void => {};
  const passed = new Promise<void>((resolve) => {
    const timer = clock.after(seconds * 1_000, resolve);
    cancel = () => timer.cancel();
  });
  await Promise.race([passed, over]).finally(cancel);
  const { profile } = await post<{ profile: Record<string, unknown> }>(stop);
  return { sampledMs: clock.nowMs() - startMs, profile };
}

const beginCpu: Begin = async (post, seconds) => {
  const interval = Math.max(SAMPLING_INTERVAL_US, (seconds * 1_000_000) / MOST_SAMPLES);
  await post('Profiler.enable');
  await post('Profiler.setSamplingInterval', { interval: Math.round(interval) });
  await post('Profiler.start');
  // V8 gives a loop that was optimised while it ran no name when a profile begins later. Counting
  // calls drops all optimised code; the loop is optimised again at once, and named.
  await post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  await post('Profiler.stopPreciseCoverage');
  return 'Profiler.stop';
};

const beginHeap: Begin = async (post) => {
  await post('HeapProfiler.enable');
  await post('HeapProfiler.startSampling', { samplingInterval: HEAP_SAMPLING_BYTES });
  return 'HeapProfiler.stopSampling';
};

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

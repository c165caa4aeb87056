/**
 * Gathers what goes into a bundle and has a thread of its own pack it: asks the main loop for what only
 * it knows and does without where that does not answer, takes a profile of the offender's loop, and
 * takes the snapshot and the events last, so that they show what followed.
 */
import { Worker } from 'node:worker_threads';
import type { BundleJob, MainFacts, WrittenBundle } from '../bundle/bundle-job.js';
import type { IncidentTrigger, LeftOut } from '../bundle/bundle-parts.js';
import { TenantryError } from '../errors/errors.js';
import { fromWireError, type WireError } from '../errors/wire-error.js';
import type { TargetedProfile } from '../inspector/inspector-protocol.js';
import type { PoolProfile } from '../inspector/pool-profile.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import { systemClock, type Clock } from '../time/clock.js';
import { withDeadline } from '../time/deadline.js';
import { SHARED_LOOP } from '../vocabulary/rung.js';
import type { IncidentRules, RecordedEvents } from './incident-desk.js';

export interface CaptureSources {
  readonly rules: IncidentRules;
  readonly clock: Clock;
  /** As it is now, or the last one where the main loop does not answer. */
  snapshot(): Promise<Snapshot>;
  profile(request: TargetedProfile): Promise<PoolProfile>;
  /** Resolves when the main loop answers. */
  mainFacts(trigger: IncidentTrigger): Promise<MainFacts>;
  pack(job: BundleJob): Promise<WrittenBundle>;
}

/** A loop that turns answers within a few ms, one of a busy host a little later; one that is held, not. */
const MAIN_DEADLINE_MS = 2_000;
const HELD_DEADLINE_MS = 500;
/** A profile takes its time and a little more; beyond this it is not waited for. */
const PROFILE_GRACE_MS = 2_000;

/** @throws TENANTRY_BUNDLE_FAILED */
export async function capture(
  sources: CaptureSources,
  trigger: IncidentTrigger,
  suppressed: number,
  recorded: () => RecordedEvents,
): Promise<WrittenBundle> {
  const leftOut: LeftOut[] = [];
  const [profile, main] = await Promise.all([
    profileOf(sources, trigger, leftOut),
    factsOf(sources, trigger),
  ]);
  const snapshot = await sources.snapshot();
  const job: BundleJob = {
    home: sources.rules.home,
    trigger,
    snapshot,
    main,
    profile,
    ...recorded(),
    suppressed,
    leftOut,
    snapshotAgeMs: snapshot.observer.heldForMs,
  };
  return sources.pack(job);
}

async function factsOf(
  sources: CaptureSources,
  trigger: IncidentTrigger,
): Promise<MainFacts | null> {
  const late = (): Error => new Error('late');
  const deadlineMs = trigger.kind === 'block' ? HELD_DEADLINE_MS : MAIN_DEADLINE_MS;
  return withDeadline(sources.clock, sources.mainFacts(trigger), deadlineMs, late).catch(
    () => null,
  );
}

async function profileOf(
  sources: CaptureSources,
  { kind, isolate, tenant }: IncidentTrigger,
  leftOut: LeftOut[],
): Promise<unknown> {
  const { profileMs } = sources.rules;
  const name = 'profile.cpuprofile';
  const leave = (why: string): null => {
    leftOut.push({ name, why });
    return null;
  };
  if (profileMs === 0) return leave('profileMs is 0');
  if (kind === 'isolate-ended') return leave(`isolate ${isolate ?? ''} is gone`);
  const isMoved = kind === 'escalated' || kind === 'quarantined';
  if (isMoved && (isolate ?? SHARED_LOOP) === SHARED_LOOP) {
    // Starting and stopping a profiler holds the loop for a hundred milliseconds.
    return leave('who is moved is not profiled: those it leaves behind would feel it');
  }
  const target = isolate ?? tenant ?? SHARED_LOOP;
  const late = (): Error => new Error('no profile in time: the loop is in a native call');
  try {
    const taken = sources.profile({ target, type: 'cpu', seconds: profileMs / 1_000 });
    return (await withDeadline(sources.clock, taken, profileMs + PROFILE_GRACE_MS, late)).profile;
  } catch (error) {
    return leave((error as Error).message);
  }
}

const ENTRY = new URL('../bundle/bundle-thread.js', import.meta.url);
/** Its heap holds a snapshot and a profile a few times over. */
const HEAP_MB = 512;
const PACK_DEADLINE_MS = 20_000;

/**
 * In a thread of its own.
 * @throws TENANTRY_BUNDLE_FAILED
 */
export async function packInThread(job: BundleJob): Promise<WrittenBundle> {
  const worker = new Worker(ENTRY, {
    workerData: job,
    name: 'tenantry-bundle',
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  });
  const packed = new Promise<WrittenBundle>((resolve, reject) => {
    worker.once('message', ({ value, error }: { value: WrittenBundle; error?: WireError }) => {
      if (error === undefined) resolve(value);
      else reject(fromWireError(error));
    });
    worker.once('error', (error: Error) => reject(failed(error.message)));
    worker.once('exit', () => reject(failed('its thread ended')));
  });
  const late = (): Error => failed(`it took longer than ${PACK_DEADLINE_MS} ms`);
  try {
    return await withDeadline(systemClock, packed, PACK_DEADLINE_MS, late);
  } finally {
    await worker.terminate();
  }
}

function failed(why: string): TenantryError {
  return new TenantryError('TENANTRY_BUNDLE_FAILED', `the bundle cannot be made: ${why}`);
}

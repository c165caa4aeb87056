/**
 * Finds who takes too much of the shared loop or makes the process grow, in samples of about two a
 * second. Pure: who samples, and what follows, is left to others.
 */
import type { Hogs } from './escalation-options.js';
import type { Offence } from './offence.js';

/** What the shared loop looks like at one moment. */
export interface HogSample {
  /** Monotonic. */
  readonly atMs: number;
  readonly atEpochMs: number;
  /** Share of time the loop was busy, 0 to 1. */
  readonly loopBusyRatio: number;
  /** Of the whole process: used heap and external memory, in bytes. */
  readonly heapAndExternalBytes: number;
  /** Those on the shared loop: CPU as a share of a core, and bytes allocated per second. */
  readonly tenants: ReadonlyMap<
    string,
    { readonly cpuNowRatio: number; readonly allocatedBytesPerS: number }
  >;
}

/**
 * A tenant's CPU figure looks back for up to this long (`attribution/usage-windows.ts`). What lasts
 * longer is more than the echo of one block, which is an offence of its own.
 */
const ECHO_MS = 1_500;
/**
 * Memory is compared with its lowest reading of this long, a second and the jitter of samples: a
 * collection in between hides growth for a sample or two, not for longer.
 */
const GROWTH_WINDOW_MS = 1_250;
/** Between samples further apart the loop stood still; nobody is blamed for what was not seen. */
const LONGEST_GAP_MS = 1_500;
const MB = 1_048_576;

export class HogWatch {
  readonly #hogs: Hogs;
  /** Since when each has taken too much, sample for sample. */
  #hoggingSinceMs = new Map<string, number>();
  /** Of the last GROWTH_WINDOW_MS, oldest first. */
  #readings: { readonly atMs: number; readonly bytes: number }[] = [];

  constructor(hogs: Hogs) {
    this.#hogs = hogs;
  }

  /** What the new sample shows; at most one offence of each kind for a tenant. */
  sample(sample: HogSample): Offence[] {
    const previousMs = this.#readings.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY;
    const gapMs = sample.atMs - previousMs;
    if (gapMs <= 0) return [];
    if (gapMs > LONGEST_GAP_MS) {
      this.#readings = [];
      this.#hoggingSinceMs.clear();
    }
    const seconds = gapMs / 1_000;
    return [...this.#cpuHogs(sample, seconds), ...this.#allocationHogs(sample, seconds)];
  }

  #cpuHogs(sample: HogSample, seconds: number): Offence[] {
    const { cpuRatio, busyRatio } = this.#hogs;
    const offences: Offence[] = [];
    const since = new Map<string, number>();
    if (sample.loopBusyRatio >= busyRatio) {
      for (const [tenant, { cpuNowRatio }] of sample.tenants) {
        if (cpuNowRatio < cpuRatio) continue;
        const sinceMs = this.#hoggingSinceMs.get(tenant) ?? sample.atMs;
        since.set(tenant, sinceMs);
        if (sample.atMs - sinceMs < ECHO_MS) continue;
        offences.push({ kind: 'cpu-hog', ...about(tenant, sample), ratio: cpuNowRatio, seconds });
      }
    }
    this.#hoggingSinceMs = since;
    return offences;
  }

  #allocationHogs(sample: HogSample, seconds: number): Offence[] {
    const { growthMbPerS, growthShareRatio } = this.#hogs;
    const { atMs, heapAndExternalBytes: bytes, tenants } = sample;
    const reading = { atMs, bytes };
    this.#readings = [...this.#readings, reading].filter(
      (earlier) => atMs - earlier.atMs <= GROWTH_WINDOW_MS,
    );
    const lowest = this.#readings.reduce((one, other) => (other.bytes < one.bytes ? other : one));
    const grownBytes = bytes - lowest.bytes;
    const bytesPerS = grownBytes / Math.max(1, (atMs - lowest.atMs) / 1_000);
    if (bytesPerS <= growthMbPerS * MB) return [];
    let allocated = 0;
    for (const { allocatedBytesPerS } of tenants.values()) allocated += allocatedBytesPerS;
    // Of what nobody here has allocated, such as the host's own, nobody here has a share.
    const whole = Math.max(allocated, bytesPerS);
    const offences: Offence[] = [];
    for (const [tenant, { allocatedBytesPerS }] of tenants) {
      const share = allocatedBytesPerS / whole;
      if (share <= growthShareRatio) continue;
      const grownMb = grownBytes / MB;
      offences.push({ kind: 'allocation-hog', ...about(tenant, sample), grownMb, share, seconds });
    }
    return offences;
  }
}

function about(tenant: string, { atMs, atEpochMs }: HogSample) {
  return {
    tenant,
    session: null,
    agent: null,
    atMs,
    atEpochMs,
    rung: 'coroutine' as const,
    place: null,
  };
}

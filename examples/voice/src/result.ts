/** What a run found out: latencies, segments, and whether every rung heard the same in each clip. */
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import type { Rung, Snapshot } from '@tenantry/core';
import type { Segment } from './segments.js';
import type { Tenant } from './tenants.js';
import type { Clip } from './wav.js';

export interface Latency {
  /** Null where no frame was answered. */
  readonly p50: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

export interface TenantResult {
  readonly tenant: string;
  readonly rung: Rung;
  readonly calls: number;
  readonly frames: number;
  /** Frames that were sent more than a frame's length after they were due. */
  readonly lateFrames: number;
  readonly segments: number;
  readonly latencyMs: Latency;
}

export interface ClipResult {
  readonly file: string;
  readonly seconds: number;
  /** Empty also where no call heard the clip to its end; `sameOnEveryRung` is null then. */
  readonly segments: readonly Segment[];
  /** Null where a rung did not hear the clip to its end before the time was up. */
  readonly sameOnEveryRung: boolean | null;
}

/** The document of `--json`. */
export interface Result {
  readonly schemaVersion: 1;
  readonly tenants: readonly TenantResult[];
  readonly clips: readonly ClipResult[];
  /** One sentence for each thing that went wrong; empty for a good run. */
  readonly failures: readonly string[];
  readonly snapshot: Snapshot;
}

const US_PER_MS = 1_000;

/** One tenant's counters, added to while its calls run. */
export class TenantTally {
  activeCalls = 0;
  calls = 0;
  frames = 0;
  lateFrames = 0;
  segments = 0;
  /** In microseconds. A histogram's memory does not grow with the length of the run. */
  readonly #latencyUs: RecordableHistogram = createHistogram();

  /** A frame was answered so long after it was sent. */
  answered(latencyMs: number): void {
    this.#latencyUs.record(Math.max(1, Math.round(latencyMs * US_PER_MS)));
  }

  get latencyMs(): Latency {
    const histogram = this.#latencyUs;
    if (histogram.count === 0) return { p50: null, p99: null, max: null };
    return {
      p50: histogram.percentile(50) / US_PER_MS,
      p99: histogram.percentile(99) / US_PER_MS,
      max: histogram.max / US_PER_MS,
    };
  }
}

/** Holds what each rung heard first in each clip against everything heard later. */
export class Comparison {
  readonly #heard = new Map<string, Map<Rung, readonly Segment[]>>();
  readonly #mismatches = new Map<string, string>();

  /** What a call found in a clip it played to its end. */
  add(file: string, rung: Rung, segments: readonly Segment[]): void {
    let byRung = this.#heard.get(file);
    if (byRung === undefined) this.#heard.set(file, (byRung = new Map()));
    const [reference] = byRung;
    if (reference !== undefined && shown(reference[1]) !== shown(segments)) {
      const [referenceRung, referenceSegments] = reference;
      const message =
        `clip ${file}: ${referenceRung} found ${shown(referenceSegments)}, ` +
        `${rung} found ${shown(segments)}`;
      const key = `${rung} ${file}`;
      if (!this.#mismatches.has(key)) this.#mismatches.set(key, message);
    }
    if (!byRung.has(rung)) byRung.set(rung, segments);
  }

  /** One sentence for each clip and rung that differs from the rung that heard the clip first. */
  get mismatches(): readonly string[] {
    return [...this.#mismatches.values()];
  }

  of(clip: Clip, rungs: readonly Rung[]): ClipResult {
    const byRung = this.#heard.get(clip.file) ?? new Map<Rung, readonly Segment[]>();
    const differs = [...byRung.keys()].some((rung) => this.#mismatches.has(`${rung} ${clip.file}`));
    const isComplete = rungs.every((rung) => byRung.has(rung));
    return {
      file: clip.file,
      seconds: clip.seconds,
      segments: [...byRung.values()][0] ?? [],
      sameOnEveryRung: differs ? false : isComplete ? true : null,
    };
  }
}

/** Segments as a message shows them: `[270-4380 ms, 4500-6900 ms]`. */
export function shown(segments: readonly Segment[]): string {
  return `[${segments.map(({ startMs, endMs }) => `${startMs}-${endMs} ms`).join(', ')}]`;
}

export interface Findings {
  readonly tallies: ReadonlyMap<string, TenantTally>;
  readonly comparison: Comparison;
  readonly failures: readonly string[];
}

export function toResult(
  findings: Findings,
  tenants: readonly Tenant[],
  clips: readonly Clip[],
  snapshot: Snapshot,
): Result {
  const { tallies, comparison, failures } = findings;
  const rungs = tenants.map(({ rung }) => rung);
  return {
    schemaVersion: 1,
    tenants: tenants.map(({ tenant, rung }) => {
      const { calls, frames, lateFrames, segments, latencyMs } = tallies.get(tenant)!;
      return { tenant, rung, calls, frames, lateFrames, segments, latencyMs };
    }),
    clips: clips.map((clip) => comparison.of(clip, rungs)),
    failures: [...comparison.mismatches, ...failures],
    snapshot,
  };
}

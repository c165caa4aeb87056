/**
 * Whether a process should be sent new sessions, judged by its snapshot. Pure, so that whoever holds a
 * snapshot can say it: the gateway, and outside of the process whoever reads its socket.
 */
import { SHARED_LOOP } from '../vocabulary/rung.js';
import type { BlockRow } from './figures.js';
import type { Snapshot } from './snapshot.js';

export interface ReadinessRules {
  /** RSS of the pool's process from which on it is not ready; null: never. */
  readonly memoryLimitMb: number | null;
  /** A block of the shared loop of this length is a wedged loop. */
  readonly wedgedBlockMs: number;
  /** How long after its end it still counts. */
  readonly wedgedForMs: number;
  /** A held snapshot of this age says that the main loop makes no new ones. */
  readonly staleAfterMs: number;
}

export const READINESS_RULES: ReadinessRules = {
  memoryLimitMb: null,
  wedgedBlockMs: 1_000,
  wedgedForMs: 10_000,
  staleAfterMs: 5_000,
};

export const NOT_READY_REASONS = [
  'not-started',
  'draining',
  'memory',
  'wedged-loop',
  'systemic-alarm',
  'descriptors',
] as const;
export type NotReadyReason = (typeof NOT_READY_REASONS)[number];

export interface NotReady {
  readonly reason: NotReadyReason;
  readonly detail: string;
}

export interface Readiness {
  readonly ready: boolean;
  /** Empty where it is ready. */
  readonly reasons: readonly NotReady[];
}

const BYTES_PER_MB = 1_048_576;

/** `also` is what the snapshot does not say, such as descriptors. */
export function readiness(
  snapshot: Snapshot,
  rules: Partial<ReadinessRules> = {},
  also: readonly NotReady[] = [],
): Readiness {
  const all = { ...READINESS_RULES, ...rules };
  const reasons = [
    ...stateReasons(snapshot),
    ...memoryReasons(snapshot, all),
    ...loopReasons(snapshot, all),
    ...systemicReasons(snapshot),
    ...also,
  ];
  return { ready: reasons.length === 0, reasons };
}

function stateReasons({ runtime: { state } }: Snapshot): NotReady[] {
  if (state === 'running') return [];
  return state === 'created'
    ? [{ reason: 'not-started', detail: 'the pool has not been started' }]
    : [{ reason: 'draining', detail: `the pool is ${state}` }];
}

function memoryReasons({ isolates }: Snapshot, { memoryLimitMb }: ReadinessRules): NotReady[] {
  const rssBytes = isolates.find(({ isolate }) => isolate === SHARED_LOOP)?.rssBytes ?? null;
  if (memoryLimitMb === null || rssBytes === null) return [];
  const rssMb = Math.round(rssBytes / BYTES_PER_MB);
  if (rssMb < memoryLimitMb) return [];
  return [{ reason: 'memory', detail: `RSS ${rssMb} MB of ${memoryLimitMb} MB` }];
}

function loopReasons(snapshot: Snapshot, rules: ReadinessRules): NotReady[] {
  const { heldForMs } = snapshot.observer;
  if (heldForMs >= rules.staleAfterMs) {
    const detail = `the main loop has not answered for ${Math.round(heldForMs)} ms`;
    return [{ reason: 'wedged-loop', detail }];
  }
  const isWedged = ({ isolate, durationMs, startedAtMs, isOngoing }: BlockRow): boolean =>
    isolate === SHARED_LOOP &&
    durationMs >= rules.wedgedBlockMs &&
    (isOngoing || snapshot.takenAtMs - startedAtMs - durationMs < rules.wedgedForMs);
  const block = snapshot.blocks.find(isWedged);
  if (block === undefined) return [];
  const whose = block.tenant === null ? '' : ` by tenant "${block.tenant}"`;
  const detail = `the main loop was blocked for ${Math.round(block.durationMs)} ms${whose}`;
  return [{ reason: 'wedged-loop', detail }];
}

function systemicReasons({ confinement }: Snapshot): NotReady[] {
  const systemic = confinement?.systemic ?? null;
  if (systemic === null) return [];
  const detail = `${systemic.tenants.length} tenants fail at once`;
  return [{ reason: 'systemic-alarm', detail }];
}

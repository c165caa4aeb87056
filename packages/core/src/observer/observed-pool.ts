/** PORT: what the observer of a process needs of each of its pools. */
import type { MainFacts } from '../bundle/bundle-job.js';
import type { IncidentTrigger } from '../bundle/bundle-parts.js';
import type { MetricsSummary } from '../exposition/metrics-summary.js';
import type { InspectorRequest } from '../inspector/inspector-protocol.js';
import type { ProfileRequest, WrittenProfile } from '../inspector/pool-profile.js';
import type { DirectLog } from '../log/direct-log.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import type { IncidentRules } from './incident-desk.js';
import type { BlockPhase, SeenBlock } from './loop-watch.js';
import type { ToObserver, ToldIncident } from './observer-protocol.js';

export interface ObservedPool {
  readonly socketPath: string;
  readonly log: DirectLog | null;
  thresholdMs(): number;
  /** As it is now, without asking anyone. */
  snapshot(): Snapshot;
  /** What metrics are made of, likewise. */
  summary(): MetricsSummary;
  /** Answers a client's request; a `snapshot` may ask isolates first. */
  answer(request: InspectorRequest): Promise<unknown>;
  /** @throws TENANTRY_PROFILE_* */
  profileChild(isolate: string, request: ProfileRequest): Promise<WrittenProfile>;
  seen(phase: BlockPhase, block: SeenBlock, isLogged: boolean): void;
  /** Undefined where no incidents are recorded. */
  readonly incidents: ObservedIncidents | undefined;
  /** The observer has died; it is started again. */
  lost(detail: string, restarts: number): void;
}

/** The black box of a pool, and what becomes of its incidents. */
export interface ObservedIncidents {
  readonly ring: SharedArrayBuffer;
  readonly rules: IncidentRules;
  facts(trigger: IncidentTrigger): MainFacts;
  told(incident: ToldIncident): void;
}

/** A pool among those of its process. */
export interface Member {
  readonly id: number;
  readonly pool: ObservedPool;
  readonly isolates: Map<string, Extract<ToObserver, { kind: 'watch' }>>;
  nextHoldMs: number;
  nextSummaryMs: number;
  isOpen: boolean;
}

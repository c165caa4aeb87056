/**
 * What travels between a pool's main thread and the observer thread of its process. Types only; both
 * sides are in this folder.
 */
import type { DirectLog } from '../log/direct-log.js';
import type { WrittenBundle } from '../bundle/bundle-job.js';
import type { IncidentTrigger } from '../bundle/bundle-parts.js';
import type { WireError } from '../errors/wire-error.js';
import type { MetricsFormat } from '../exposition/metrics-format.js';
import type { MetricsSummary } from '../exposition/metrics-summary.js';
import type { TargetedProfile } from '../inspector/inspector-protocol.js';
import type { ProfileRequest } from '../inspector/pool-profile.js';
import type { BlockRow } from '../snapshot/figures.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import type { IncidentRules } from './incident-desk.js';
import type { BlockPhase, SeenBlock } from './loop-watch.js';

export interface ObserverData {
  readonly mainCell: SharedArrayBuffer;
}

export type ToObserver =
  | {
      readonly kind: 'serve';
      readonly pool: number;
      readonly call: number;
      readonly socketPath: string;
      readonly log: DirectLog | null;
    }
  | { readonly kind: 'stop-serving'; readonly pool: number; readonly call: number }
  | { readonly kind: 'threshold'; readonly pool: number; readonly thresholdMs: number }
  | {
      readonly kind: 'watch';
      readonly pool: number;
      readonly isolate: string;
      readonly cell: SharedArrayBuffer;
      readonly threadId: number;
    }
  | { readonly kind: 'unwatch'; readonly pool: number; readonly isolate: string }
  /** Kept as the latest; `call` answers an `ask`, null is sent unasked. */
  | {
      readonly kind: 'hold';
      readonly pool: number;
      readonly snapshot: Snapshot;
      readonly call: number | null;
    }
  /** The same for what metrics are made of. */
  | {
      readonly kind: 'hold-summary';
      readonly pool: number;
      readonly summary: MetricsSummary;
      readonly call: number | null;
    }
  /** To be held, and answered as text. */
  | {
      readonly kind: 'metrics';
      readonly call: number;
      readonly pool: number;
      readonly summary: MetricsSummary;
      readonly format: MetricsFormat;
    }
  /** To be completed with what only the observer knows. */
  | {
      readonly kind: 'complete';
      readonly call: number;
      readonly pool: number;
      readonly snapshot: Snapshot;
    }
  /** A block that another process sees, and its end. */
  | { readonly kind: 'ongoing'; readonly pool: number; readonly block: BlockRow }
  | { readonly kind: 'ended'; readonly pool: number; readonly block: string }
  | {
      readonly kind: 'answer';
      readonly call: number;
      readonly value?: unknown;
      readonly error?: WireError;
    }
  | {
      readonly kind: 'profile';
      readonly call: number;
      readonly pool: number;
      readonly request: TargetedProfile;
    }
  /** The pool's black box, and when an incident makes a bundle. */
  | {
      readonly kind: 'record-incidents';
      readonly pool: number;
      readonly ring: SharedArrayBuffer;
      readonly rules: IncidentRules;
    }
  | { readonly kind: 'incident'; readonly pool: number; readonly trigger: IncidentTrigger }
  /** A block that passed the limit and is over; it may have its bundle by now. */
  | { readonly kind: 'long-block'; readonly pool: number; readonly block: BlockRow }
  /** Somebody asks for a bundle. */
  | {
      readonly kind: 'bundle';
      readonly call: number;
      readonly pool: number;
      readonly tenant: string | null;
    }
  /** Answered when no bundle of the pool is being made. */
  | { readonly kind: 'settle-incidents'; readonly call: number; readonly pool: number }
  /** The process ends as soon as no connection to a thread of it is open. */
  | { readonly kind: 'exiting' };

export type FromObserver =
  /** Answers `serve`, `stop-serving`, `complete`, `metrics`, `profile`, `bundle`, `settle-incidents`. */
  | {
      readonly kind: 'done';
      readonly call: number;
      readonly value?: unknown;
      readonly error?: WireError;
    }
  /** A client asks for something that the main thread has to answer. */
  | {
      readonly kind: 'ask';
      readonly pool: number;
      readonly call: number;
      readonly request: unknown;
    }
  /** What only the main loop knows of an incident, answered as `MainFacts`. */
  | {
      readonly kind: 'main-facts';
      readonly pool: number;
      readonly call: number;
      readonly trigger: IncidentTrigger;
    }
  | { readonly kind: 'incident'; readonly pool: number; readonly incident: ToldIncident }
  /** A profile of a child, answered as a `WrittenProfile`. */
  | {
      readonly kind: 'profile-child';
      readonly pool: number;
      readonly call: number;
      readonly isolate: string;
      readonly request: ProfileRequest;
      /** On the shared clock; nobody waits for it any more then. */
      readonly untilMs: number;
    }
  | {
      readonly kind: BlockPhase;
      /** Of the isolate; null for the main loop, which pools share. */
      readonly pool: number | null;
      readonly block: SeenBlock;
      /** Pools whose line of it has been written. */
      readonly loggedFor: readonly number[];
    };

/** How an incident came out, as it travels. */
export interface ToldIncident {
  readonly trigger: IncidentTrigger;
  readonly written?: WrittenBundle;
  readonly error?: WireError;
}

type Without<Message, Field extends string> = Message extends unknown
  ? Omit<Message, Field>
  : never;

/** What a pool tells and nobody answers. */
export type ToldObserver = Without<
  Extract<ToObserver, { kind: 'ongoing' | 'ended' | 'incident' | 'long-block' }>,
  'pool'
>;

/** What the thread does itself, for whoever asks in code. */
export type ServedRequest = Without<Extract<ToObserver, { kind: 'profile' | 'bundle' }>, 'call'>;

/** What the supervising parent of a service and its worker tell each other, and nothing else. */
import type { WireError } from '@tenantry/core/internal';
import type { ConfigFile } from './config-file.js';
import type { ConfigurationSource } from './configuration.js';
import type { PoolFacts } from './service.js';

/** How a worker is started: its one argument, as JSON. The environment is its own. */
export type WorkerOrder = Omit<ConfigurationSource, 'env'>;

export interface StartOptions {
  /** The file that was last good, for one that cannot be read any more; null: there is none to hand on. */
  readonly lastGood: ConfigFile | null;
  /** The file of now has been tried a moment ago, by the parent. */
  readonly isTried: boolean;
}

export type EndSignal = 'SIGTERM' | 'SIGINT';

export type ToWorker =
  | ({ readonly kind: 'start' } & StartOptions)
  /** Carries the server to accept connections from. */
  | { readonly kind: 'listen' }
  /** Carries a connection that came while no worker ran. */
  | { readonly kind: 'connection' }
  /** As the signal itself would tell it, unless it has heard one by now. */
  | { readonly kind: 'end'; readonly signal: EndSignal };

export type FromWorker =
  /** It has a pool and waits for `listen`. */
  | { readonly kind: 'started' }
  | ({ readonly kind: 'ready' } & ServiceFacts)
  /** Its configuration was read again, and is another from now on. */
  | ({ readonly kind: 'reloaded' } & Reloaded)
  /** A signal has told it to end, from whomever; its exit code is of an end in order. */
  | { readonly kind: 'ending'; readonly signal: EndSignal }
  | { readonly kind: 'failed'; readonly error: WireError; readonly exitCode: number };

export interface Reloaded {
  readonly drainTimeoutMs: number;
  readonly closeTimeoutMs: number;
  /** Null where it holds functions, which no process can hand to another. */
  readonly lastGood: ConfigFile | null;
}

/** What is said of a service that runs. */
export interface ServiceFacts extends Reloaded, PoolFacts {}

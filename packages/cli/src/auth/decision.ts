/** What is told of a decision about access. Keeping it is left to whoever listens: a service logs it. */
import type { Identity } from './identity.js';
import type { RouteName } from './routes.js';

export interface AccessDecision {
  readonly outcome: 'accepted' | 'refused';
  /** Null where the credential itself was refused. */
  readonly route: RouteName | null;
  /** Who asked; null where that is not known. */
  readonly identity: Identity | null;
  /** The tenant it was about; null: the whole pool, or none. */
  readonly tenant: string | null;
  /** Where a bad credential came from; null where it is about a route. */
  readonly address: string | null;
  /** The code of the refusal; null where it was accepted. */
  readonly code: string | null;
  /** `details.reason` of a refused credential. */
  readonly reason: string | null;
}

/** Told of each bad credential that is answered as one, each refusal, and each admin act. Must not throw. */
export type OnDecision = (decision: AccessDecision) => void;

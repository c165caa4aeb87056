/**
 * What a session is told before a limit ends it: the soft stage, in the words of the hard one. When
 * it is given is left to whoever keeps the limit.
 */
import type { AbortReason } from './end-reason.js';

export interface Notice {
  /** What the session ends with if nothing changes. */
  readonly reason: AbortReason;
  /** Milliseconds to the hard stage; null where it is not a matter of time. */
  readonly leftMs: number | null;
  /** In the unit of the option that sets the limit: milliseconds, megabytes, CPU seconds. */
  readonly used: number | null;
  readonly limit: number | null;
  readonly detail: string;
}

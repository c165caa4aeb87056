/** Where a session can run: the four words that tables, snapshots and logs show. */

export const RUNGS = ['coroutine', 'thread', 'process', 'quarantined'] as const;

/** A rung of the ladder, from the shared loop upwards. */
export type Rung = (typeof RUNGS)[number];

/** The name of the shared loop in the column where isolates have theirs. */
export const SHARED_LOOP = 'main';

/** What a consumer chooses: the shared loop, or an isolate of the tenant's own. */
export type Isolation = 'coroutine' | 'process';

/** What `isolation: 'process'` means for a tenant. */
export type IsolateKind = 'worker_threads' | 'child_process';

/** One isolate for all of a tenant's sessions, or one for each. */
export type IsolateScope = 'tenant' | 'session';

export function rungOf(isolation: Isolation, kind: IsolateKind): Rung {
  if (isolation === 'coroutine') return 'coroutine';
  return kind === 'worker_threads' ? 'thread' : 'process';
}

/** Negative where `one` is below `other`, 0 where they are the same rung. */
export function compareRungs(one: Rung, other: Rung): number {
  return RUNGS.indexOf(one) - RUNGS.indexOf(other);
}

/** The next rung up; the top one is its own. */
export function rungAbove(rung: Rung): Rung {
  return RUNGS[RUNGS.indexOf(rung) + 1] ?? 'quarantined';
}

/** The next rung down; the bottom one is its own. */
export function rungBelow(rung: Rung): Rung {
  return RUNGS[RUNGS.indexOf(rung) - 1] ?? 'coroutine';
}

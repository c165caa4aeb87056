/** Promises about what is counted and shown. */
import type { Snapshot, TenantRow } from '../../src/snapshot/snapshot.js';
import { END_REASONS, statusOf, type EndReason } from '../../src/vocabulary/end-reason.js';
import type { Broken, DayFacts, Invariant } from './invariant.js';
import type { TenantCounts } from './own-books.js';

const WORDS: ReadonlySet<string> = new Set(END_REASONS);

/** Every session that began ends once, for a reason of the vocabulary. */
export function ends(facts: DayFacts): Invariant {
  return {
    name: 'ends',
    ended: (opened, { reason, status, tenant, isolation }, broken) => {
      facts.seen(`end ${reason}`);
      if (opened.isOver) broken(`${opened.open} has ended before`);
      if (!WORDS.has(reason)) broken(`${opened.open} ends with ${reason}`);
      if (statusOf(reason) !== status) broken(`${reason} is ${status}`);
      if (tenant !== opened.tenant || isolation !== opened.rung) {
        broken(`${opened.open} of ${opened.tenant} on ${opened.rung}: ${tenant} on ${isolation}`);
      }
    },
  };
}

/** What a snapshot says is what was counted. */
export function totals(facts: DayFacts): Invariant {
  return {
    name: 'totals',
    snapshot: (snapshot, broken) => {
      for (const row of snapshot.tenants) compare(row, facts.books.of(row.tenant), broken);
      const { activeSessions, totalSessionsStarted, ends: all } = snapshot.totals;
      const { held } = facts.books;
      if (activeSessions !== held) broken(`${activeSessions} sessions are shown, ${held} held`);
      const ended = sum(Object.values(all));
      const running = snapshot.sessions.filter(({ state }) => state !== 'starting').length;
      if (totalSessionsStarted !== ended + running) {
        broken(`${totalSessionsStarted} started, ${ended} ended, ${running} run`);
      }
    },
  };
}

function compare(row: TenantRow, own: TenantCounts, broken: Broken): void {
  const say = (what: string, shown: unknown, counted: unknown): void =>
    broken(`${row.tenant}, ${what}: ${String(shown)} shown, ${String(counted)} counted`);
  if (row.active !== own.held) say('held', row.active, own.held);
  if (row.started !== own.begun) say('started', row.started, own.begun);
  for (const reason of END_REASONS) {
    const [shown, counted] = [row.ends[reason] ?? 0, own.ends.get(reason) ?? 0];
    if (shown !== counted) say(reason, shown, counted);
  }
  for (const reason of new Set([...Object.keys(row.refusals), ...own.refusals.keys()])) {
    const [shown, counted] = [row.refusals[reason] ?? 0, own.refusals.get(reason) ?? 0];
    if (shown !== counted) say(`refused for ${reason}`, shown, counted);
  }
  const failures = sum(
    [...own.ends].filter(([reason]) => statusOf(reason) === 'failed').map(([, times]) => times),
  );
  if (row.failures !== failures) say('failures', row.failures, failures);
}

/** No counter goes back between two snapshots of a pool. */
export function counters(): Invariant {
  let last = new Map<string, number>();
  return {
    name: 'counters',
    snapshot: (snapshot, broken) => {
      const now = new Map(countersOf(snapshot));
      for (const [name, was] of last) {
        const is = now.get(name) ?? 0;
        if (is < was) broken(`${name} went from ${was} to ${is}`);
      }
      last = now;
    },
    restarted: () => {
      last = new Map();
    },
  };
}

function* countersOf({ totals: all, tenants }: Snapshot): Generator<[string, number]> {
  yield ['started', all.totalSessionsStarted];
  yield ['failures', all.totalSessionFailures];
  yield ['isolates ended', all.isolatesEnded];
  for (const [reason, times] of Object.entries(all.ends)) yield [`ends ${reason}`, times];
  for (const [reason, times] of Object.entries(all.refusals)) yield [`refusals ${reason}`, times];
  for (const { tenant, started, breaker, ends: own } of tenants) {
    yield [`${tenant} started`, started];
    yield [`${tenant} trips`, breaker?.trips ?? 0];
    for (const reason in own) yield [`${tenant} ${reason}`, own[reason as EndReason] ?? 0];
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}

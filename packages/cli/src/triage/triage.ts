/**
 * The order in which a live pool is looked at when something is wrong: is it up, what do its counters
 * say, what kind of trouble is it, is the host ready, do settings hold, who stands out, what has been
 * captured, can it be replayed. Pure: what was fetched is handed in.
 */
import type { SettingRow } from '@tenantry/core';
import type { Snapshot } from '@tenantry/core/snapshot';
import type { Finding } from '../doctor/finding.js';
import { categoryOf } from './category.js';
import type { Category, Step } from './step.js';
import { suspects, type Suspect } from './suspects.js';

export interface Evidence {
  readonly snapshot: Snapshot;
  /** Null where the pool could not tell. */
  readonly settings: readonly SettingRow[] | null;
  readonly findings: readonly Finding[];
  /** Null without a state directory, where none can be kept. */
  readonly stateDir: string | null;
}

export interface Triage {
  readonly category: Category;
  readonly suspect: string | null;
  readonly steps: readonly Step[];
  /** Of the first step that needs one, the worst first. */
  readonly next: string | null;
}

type Bundle = NonNullable<Snapshot['bundles']>[number];

const MOST_SUSPECTS = 3;
const LONG_LAG_MS = 250;
/** Fewer are no matter, however few sessions there were. */
const MANY_REFUSALS = 10;

export function triage(evidence: Evidence): Triage {
  const found = suspects(evidence.snapshot);
  const category = categoryOf(evidence, found);
  const suspect = found[0]?.tenant ?? null;
  const steps = [
    health(evidence),
    counters(evidence),
    kind(category, found),
    host(evidence),
    settings(evidence),
    outstanding(evidence, found),
    jobs(evidence),
    bundle(evidence, category, suspect),
    replay(evidence, suspect),
  ];
  const first =
    steps.find(({ state, next }) => state === 'act' && next !== null) ??
    steps.find(({ state, next }) => state === 'look' && next !== null);
  return { category, suspect, steps, next: first?.next ?? null };
}

function health({ snapshot }: Evidence): Step {
  const { runtime, observer, coverage, system } = snapshot;
  const found = [`Pool "${runtime.name}" (pid ${runtime.pid}) answers and is ${runtime.state}.`];
  let state: Step['state'] = runtime.state === 'running' ? 'ok' : 'look';
  if (observer.heldForMs > 0) {
    state = 'act';
    found.push(
      `Its main loop has not answered for ${Math.round(observer.heldForMs)} ms: the figures are from before.`,
    );
  }
  const lagMs = Math.max(0, ...(system?.loopLagHistoryMs.slice(-10) ?? []));
  if (lagMs > LONG_LAG_MS) {
    state = 'act';
    found.push(`Its main loop was ${Math.round(lagMs)} ms late in the last 10 s.`);
  }
  if (coverage.stale + coverage.lost > 0) {
    if (state === 'ok') state = 'look';
    found.push(`${coverage.stale} isolates are stale and ${coverage.lost} lost.`);
  }
  return { step: 'health', state, found, next: state === 'ok' ? null : 'tenantry top' };
}

function counters({ snapshot }: Evidence): Step {
  const { activeSessions, totalSessionsStarted, totalSessionFailures, refusals } = snapshot.totals;
  const refused = Object.entries(refusals).sort(([, a], [, b]) => b - a);
  const found = [
    `${activeSessions} sessions run; of ${totalSessionsStarted} started ${totalSessionFailures} failed.`,
  ];
  if (refused.length > 0) {
    const reasons = refused.map(([reason, count]) => `${count} ${reason}`).join(', ');
    found.push(`Refused: ${reasons}.`);
  }
  const refusedCount = refused.reduce((sum, [, count]) => sum + count, 0);
  const isMuch =
    totalSessionFailures * 10 > totalSessionsStarted ||
    refusedCount >= Math.max(MANY_REFUSALS, totalSessionsStarted);
  return {
    step: 'counters',
    state: isMuch ? 'look' : 'ok',
    found,
    next: isMuch ? 'tenantry snapshot' : null,
  };
}

const SAID: Readonly<Record<Category, string>> = {
  none: 'Nothing stands out.',
  host: 'The host is not ready for what is configured.',
  'shared dependency':
    'Tenants fail together: what they share is likely down. Nobody is moved meanwhile.',
  tenant: 'One tenant stands out.',
  isolate: 'Isolates end hard, of a tenant that is not otherwise conspicuous.',
  agent: 'One agent fails, for several tenants.',
  load: 'The pool is full, or its loop is late, and no tenant stands out.',
  jobs: 'Jobs keep failing.',
};

function kind(category: Category, found: readonly Suspect[]): Step {
  const tenant = category === 'tenant' ? ` ${found[0]!.tenant}` : '';
  return {
    step: 'kind of trouble',
    state: category === 'none' ? 'ok' : 'look',
    found: [`${category}${tenant}: ${SAID[category]}`],
    next: null,
  };
}

function host({ findings }: Evidence): Step {
  const bad = findings.filter(({ state }) => state === 'fail');
  const warned = findings.filter(({ state }) => state === 'warn');
  const found = [...bad, ...warned].map(({ check, found: what }) => `${check}: ${what}.`);
  const state = bad.length > 0 ? 'act' : warned.length > 0 ? 'look' : 'ok';
  return {
    step: 'doctor',
    state,
    found: found.length > 0 ? found : ['The host is ready.'],
    next: state === 'ok' ? null : 'tenantry doctor',
  };
}

function settings({ settings: rows }: Evidence): Step {
  if (rows === null) {
    return {
      step: 'settings',
      state: 'act',
      found: ['The pool could not tell them: its main loop is blocked.'],
      next: 'tenantry top',
    };
  }
  const off = rows.filter(({ state }) => state !== 'applied');
  const found = off.map(
    ({ setting, requested, applied, state, why }) =>
      `${setting}: ${state}; ${requested} was asked for, ${applied} holds${why === null ? '' : `: ${why}`}.`,
  );
  const isBad = off.some(({ state }) => state === 'failed');
  return {
    step: 'settings',
    state: off.length === 0 ? 'ok' : isBad ? 'act' : 'look',
    found: off.length === 0 ? ['Every setting holds as asked.'] : found,
    next: off.length === 0 ? null : 'tenantry settings --changed',
  };
}

function outstanding({ snapshot }: Evidence, found: readonly Suspect[]): Step {
  if (found.length === 0) {
    return { step: 'snapshot', state: 'ok', found: ['No tenant stands out.'], next: null };
  }
  const lines = found
    .slice(0, MOST_SUSPECTS)
    .map(({ tenant, signs }) => `Tenant ${tenant} ${signs.join('; ')}.`);
  if (found.length > MOST_SUSPECTS) lines.push(`${found.length - MOST_SUSPECTS} more stand out.`);
  const ended = snapshot.isolates.filter(({ state, lastEnd }) => state === 'stuck' && lastEnd);
  for (const { isolate } of ended) lines.push(`Isolate ${isolate} is stuck.`);
  return {
    step: 'snapshot',
    state: 'act',
    found: lines,
    next: `tenantry explain ${found[0]!.tenant}`,
  };
}

function jobs({ snapshot }: Evidence): Step {
  const step = 'jobs';
  const { jobs: figures } = snapshot;
  if (figures === undefined) return { step, state: 'ok', found: ['It takes none.'], next: null };
  const failing = figures.agents.filter(({ isFailing }) => isFailing);
  const found = [
    `${figures.queued} queued, ${figures.running} running, ${figures.retrying} retrying, ` +
      `${figures.deadLetters} dead letters.`,
    ...failing.map(
      ({ agent, consecutiveFailures, lastErrorCode }) =>
        `Jobs of ${agent} failed ${consecutiveFailures} times in a row${lastErrorCode === null ? '' : ` (${lastErrorCode})`}.`,
    ),
    ...(figures.isSound ? [] : ['The disk refuses to keep them.']),
  ];
  const state =
    failing.length > 0 || !figures.isSound ? 'act' : figures.deadLetters > 0 ? 'look' : 'ok';
  return { step, state, found, next: state === 'ok' ? null : 'tenantry deadletters list' };
}

function bundle(
  { snapshot, stateDir }: Evidence,
  category: Category,
  suspect: string | null,
): Step {
  const step = 'bundle';
  const bundles = snapshot.bundles ?? [];
  const known = latestOf(bundles, suspect);
  if (known !== undefined) {
    const at = new Date(known.createdAtMs).toISOString();
    const of = known.tenant === null ? 'the pool' : `tenant ${known.tenant}`;
    const found = [`${bundles.length} captured; the one to read is of ${of}, ${at}.`];
    return { step, state: 'look', found, next: `tenantry bundle show ${known.file}` };
  }
  const make = suspect === null ? 'tenantry bundle' : `tenantry bundle --tenant ${suspect}`;
  const found = [
    stateDir === null
      ? 'None is captured by itself: the pool has no stateDir.'
      : 'None has been captured.',
  ];
  return category === 'none'
    ? { step, state: 'ok', found, next: null }
    : { step, state: 'look', found, next: make };
}

function replay({ snapshot }: Evidence, suspect: string | null): Step {
  const step = 'replay';
  const known = latestOf(snapshot.bundles ?? [], suspect);
  return known === undefined
    ? { step, state: 'ok', found: ['Nothing to replay without a bundle.'], next: null }
    : {
        step,
        state: 'look',
        found: ['A dry run has no effect outside its own isolate.'],
        next: `tenantry replay ${known.file}`,
      };
}

/** Of the suspect; of anybody where it has none. */
function latestOf(bundles: readonly Bundle[], suspect: string | null): Bundle | undefined {
  return bundles.find(({ tenant }) => suspect !== null && tenant === suspect) ?? bundles[0];
}

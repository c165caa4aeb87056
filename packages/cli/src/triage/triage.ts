/**
 * The order in which a live pool is looked at when something is wrong: is it up, what do its counters
 * say, what kind of trouble is it, is the host ready, do settings hold, who stands out, what has been
 * captured, can it be replayed. Pure: what was fetched is handed in.
 */
import { poolCommand } from '../view/command-line.js';
import { bundle, replay } from './captured.js';
import { categoryOf } from './category.js';
import { counters } from './counters.js';
import type { Evidence, Triage } from './evidence.js';
import type { Category, Step } from './step.js';
import { suspects, type Suspect } from './suspects.js';

const MOST_SUSPECTS = 3;
const LONG_LAG_MS = 250;

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

function health({ snapshot, standing, socket }: Evidence): Step {
  const { runtime, observer, coverage, system } = snapshot;
  const found = [`Pool "${runtime.name}" (pid ${runtime.pid}) answers and is ${runtime.state}.`];
  let state: Step['state'] = runtime.state === 'running' ? 'ok' : 'look';
  if (standing !== null && !standing.ready) {
    state = 'act';
    found.push(`It is not ready for new sessions: ${standing.reasons.join(', ')}.`);
  }
  if (observer.heldForMs > 0) {
    state = 'act';
    found.push(
      `Its main loop has not answered for ${Math.round(observer.heldForMs)} ms: the figures are from before.`,
    );
  }
  const lagMs = Math.max(0, ...(system?.loopLagHistoryMs.slice(-10) ?? []));
  if (lagMs > LONG_LAG_MS) {
    if (state === 'ok') state = 'look';
    found.push(`Its main loop was ${Math.round(lagMs)} ms late in the last 10 s.`);
  }
  if (coverage.stale + coverage.lost > 0) {
    if (state === 'ok') state = 'look';
    found.push(`${coverage.stale} isolates are stale and ${coverage.lost} lost.`);
  }
  return { step: 'health', state, found, next: state === 'ok' ? null : poolCommand(socket, 'top') };
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
  auth: 'Callers are turned away: wrong credentials, missing rights, or too many requests.',
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

function host({ findings, socket }: Evidence): Step {
  const bad = findings.filter(({ state }) => state === 'fail');
  const warned = findings.filter(({ state }) => state === 'warn');
  const found = [...bad, ...warned].map(({ check, found: what }) => `${check}: ${what}.`);
  const state = bad.length > 0 ? 'act' : warned.length > 0 ? 'look' : 'ok';
  return {
    step: 'doctor',
    state,
    found: found.length > 0 ? found : ['The host is ready.'],
    next: state === 'ok' ? null : poolCommand(socket, 'doctor'),
  };
}

function settings({ settings: rows, socket }: Evidence): Step {
  if (rows === null) {
    return {
      step: 'settings',
      state: 'act',
      found: ['The pool could not tell them: its main loop is blocked.'],
      next: poolCommand(socket, 'top'),
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
    next: off.length === 0 ? null : poolCommand(socket, 'settings', '--changed'),
  };
}

function outstanding({ snapshot, socket }: Evidence, found: readonly Suspect[]): Step {
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
    next: poolCommand(socket, 'explain', found[0]!.tenant),
  };
}

function jobs({ snapshot, socket }: Evidence): Step {
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
  return {
    step,
    state,
    found,
    next: state === 'ok' ? null : poolCommand(socket, 'deadletters', 'list'),
  };
}

/** What has been captured of an incident, and what of that can be replayed. */
import type { Snapshot } from '@tenantry/core/snapshot';
import { commandLine, poolCommand } from '../view/command-line.js';
import type { Evidence } from './evidence.js';
import type { Category, Step } from './step.js';

type Bundle = NonNullable<Snapshot['bundles']>[number];

export function bundle(
  { snapshot, stateDir, socket }: Evidence,
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
    const next = poolCommand(socket, 'bundle', 'show', known.file);
    return { step, state: 'look', found, next };
  }
  const ofSuspect = suspect === null ? [] : ['--tenant', suspect];
  const found = [
    stateDir === null
      ? 'None is captured by itself: the pool has no stateDir.'
      : 'None has been captured.',
  ];
  return category === 'none'
    ? { step, state: 'ok', found, next: null }
    : { step, state: 'look', found, next: poolCommand(socket, 'bundle', ...ofSuspect) };
}

export function replay({ snapshot, replayable, socket }: Evidence, suspect: string | null): Step {
  const step = 'replay';
  const recorded = (snapshot.bundles ?? []).filter(({ file }) => replayable.has(file));
  const known = latestOf(recorded, suspect);
  const safe = 'A dry run has no effect outside its own isolate.';
  if (known !== undefined) {
    // No pool is needed for it: the one in trouble is left alone.
    const next = commandLine('replay', known.file);
    return { step, state: 'look', found: [`A session was recorded. ${safe}`], next };
  }
  if ((snapshot.jobs?.deadLetters ?? 0) > 0) {
    const found = [`A dead letter can be replayed: --dead-letter with its id. ${safe}`];
    return { step, state: 'look', found, next: poolCommand(socket, 'deadletters', 'list') };
  }
  const none = 'No bundle has a recorded session (option record), and there is no dead letter.';
  return { step, state: 'ok', found: [none], next: null };
}

/** Of the suspect; of anybody where it has none. */
function latestOf(bundles: readonly Bundle[], suspect: string | null): Bundle | undefined {
  return bundles.find(({ tenant }) => suspect !== null && tenant === suspect) ?? bundles[0];
}

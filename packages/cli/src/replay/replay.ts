/**
 * Replays a recorded session: finds its agent, refuses another version of it, puts the act into the audit
 * trail, has it run in a process of its own, and says whether it went the same way.
 */
import { createHash } from 'node:crypto';
import { access, stat } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { TenantryError, type SessionRecording } from '@tenantry/core';
import {
  MASK,
  maskText,
  registerSecretsOf,
  shown,
  type AttemptFact,
  type Clock,
  type ReplayAct,
} from '@tenantry/core/internal';
import { agentVersion, configHash, fromTagged, toTagged } from '@tenantry/core/internal/host';
import { compare, ended, type Comparison, type Verdict } from './compare.js';
import type { Difference } from './difference.js';
import type { ReplayRung, Replayed } from './replay-messages.js';
import { runTask } from './runner.js';

export interface ReplayOptions {
  readonly agents: string;
  /** Null: where it ran. */
  readonly rung: ReplayRung | null;
  readonly mode: 'dry-run' | 'execute';
  /** Only what it was given and its end are known, as of a dead letter; and that before the schema. */
  readonly isPayload: boolean;
  /** Another version of the agent will do. */
  readonly force: boolean;
  readonly config: Readonly<Record<string, unknown>> | null;
  /** Null: as long as the recording itself waited, twice, and 10 s at least. */
  readonly waitMs: number | null;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  /** Called before anything is run; what it throws is the end of it. */
  audit(act: ReplayAct): Promise<void>;
}

/** What is said of a replay, without secrets. */
export interface ReplayReport {
  readonly schemaVersion: 1;
  readonly verdict: Verdict;
  /** The first message that is another one, from 1. */
  readonly divergedAt: number | null;
  readonly why: string;
  readonly differences: readonly Difference[];
  readonly mode: 'dry-run' | 'execute';
  readonly session: string;
  readonly tenant: string;
  readonly agent: string;
  readonly rung: ReplayRung;
  readonly recorded: ReplaySide;
  readonly replayed: ReplaySide;
  /** Effects of the recording that were answered, and how many it has. */
  readonly effects: { readonly answered: number; readonly recorded: number };
  /** What the dry run refused, each with how often. */
  readonly attempts: readonly Attempt[];
  /** What makes the comparison less than it seems, in sentences. */
  readonly notes: readonly string[];
}

interface ReplaySide {
  readonly rung: string;
  readonly agentHash: string | null;
  readonly messages: number;
  /** Null: it ran on. */
  readonly end: string | null;
}

type Attempt = Omit<AttemptFact, 'kind'>;

const SHORTEST_WAIT_MS = 10_000;
const LONGEST_WAIT_MS = 600_000;

/** @throws TENANTRY_REPLAY_*, TENANTRY_AGENT_*, TENANTRY_RECORDING_INVALID, what `audit` throws */
export async function replay(
  recording: SessionRecording,
  options: ReplayOptions,
): Promise<ReplayReport> {
  const { clock, env, mode, force } = options;
  // What stands under a secret's name is not shown anywhere else either. Those of the environment a pool
  // knows as well: what an agent said of them is masked in a bundle.
  registerSecretsOf([recording, options.config, env]);
  const folder = path.resolve(options.agents);
  const rung = options.rung ?? rungOf(recording);
  const isDryRun = mode === 'dry-run';
  const file = await ownFile(folder, recording.agentFile);
  // Of a file that is known, before any of its code is loaded.
  if (file !== null && !force) refuseOther(recording, urlOf(folder, file));
  const { tenant, session, agent } = recording;
  const agentHash = file === null ? null : agentVersion(urlOf(folder, file)).hash;
  const recordingHash = createHash('sha256').update(JSON.stringify(recording)).digest('hex');
  const act = { mode, tenant, session, agent, rung, agentHash, recordingHash };
  await options.audit(act);
  const input = fromTagged(recording.input);
  const found = await runTask({ kind: 'find', folder, file, agent, input, isDryRun }, env, clock);
  if (!force) refuseOther(recording, found.url);
  const ran = { ...act, agentHash: agentVersion(found.url).hash };
  if (found.refused !== null) {
    return reportOf(recording, undefined, ran, refusedInput(recording, found.refused), options);
  }
  const { config, isPayload } = options;
  const waitMs = options.waitMs ?? usualWaitMs(recording);
  const given = isPayload ? { ...recording, input: toTagged(found.input) } : recording;
  const run = { kind: 'run', url: found.url, rung, recording: given, config, isDryRun } as const;
  const replayed = await runTask({ ...run, waitMs }, env, clock);
  const comparison = compare(recording, replayed, { isPayload });
  return reportOf(recording, replayed, ran, comparison, options);
}

function reportOf(
  recording: SessionRecording,
  replayed: Replayed | undefined,
  act: ReplayAct,
  { verdict, divergedAt, why, differences }: Comparison,
  { config, isPayload }: ReplayOptions,
): ReplayReport {
  const { mode, tenant, session, agent, rung, agentHash } = act;
  const events = replayed?.recording.events ?? [];
  return {
    schemaVersion: 1,
    verdict,
    divergedAt,
    why,
    differences,
    mode,
    session,
    tenant,
    agent,
    rung,
    recorded: sideOf(recording, recording.rung, recording.agentHash),
    replayed:
      replayed === undefined
        ? { rung, agentHash, messages: 0, end: null }
        : sideOf(replayed.recording, rung, agentHash),
    effects: {
      answered: events.filter(({ kind }) => kind === 'effect').length,
      recorded: recording.events.filter(({ kind }) => kind === 'effect').length,
    },
    attempts: attemptsOf(replayed),
    notes: notesOf(recording, act, { config, isPayload }),
  };
}

function sideOf(
  { events, end }: SessionRecording,
  rung: string,
  agentHash: string | null,
): ReplaySide {
  const messages = events.filter(({ kind }) => kind === 'out').length;
  return { rung, agentHash, messages, end: end === null ? null : ended(end) };
}

/** The last count of each. */
function attemptsOf(replayed: Replayed | undefined): Attempt[] {
  const latest = new Map<string, Attempt>();
  for (const event of [...(replayed?.attempts ?? []), ...(replayed?.recording.events ?? [])]) {
    if (event.kind !== 'attempt') continue;
    const { call, where, count } = event;
    const target = maskText(event.target);
    latest.set(`${call}\0${target}\0${where}`, { call, target, where, count });
  }
  return [...latest.values()];
}

function notesOf(
  recording: SessionRecording,
  { rung, agentHash }: ReplayAct,
  { config, isPayload }: Pick<ReplayOptions, 'config' | 'isPayload'>,
): string[] {
  const notes: string[] = [];
  if (recording.agentHash === null) {
    notes.push('which version of the agent was recorded is not known');
  } else if (recording.agentHash !== agentHash) {
    notes.push('this is another version of the agent than was recorded');
  }
  if (isPayload) {
    notes.push('of a dead letter only the end is compared: its messages and effects were not kept');
  } else if (configHash(config ?? {}) !== recording.configHash) {
    notes.push("the tenant's config is not the one that was recorded; --config names one");
  }
  if (rung !== recording.rung) notes.push(`it ran on rung ${recording.rung}, and here on ${rung}`);
  if (recording.events.some(({ kind }) => kind === 'moved')) {
    notes.push('the session was moved while it ran; here it runs in one place');
  }
  if (JSON.stringify(recording).includes(MASK)) {
    notes.push('secrets in the recording are masked, so that its values are not what they were');
  }
  return notes;
}

function refusedInput({ end }: SessionRecording, refused: string): Comparison {
  const why = `the agent refuses the recorded input: ${maskText(refused)}`;
  const isSame = end?.error?.code === 'TENANTRY_INPUT_INVALID';
  const verdict = isSame ? 'reproduced' : 'diverged';
  return { verdict, divergedAt: null, why, differences: [] };
}

/** @throws TENANTRY_REPLAY_OTHER_VERSION */
function refuseOther({ agent, agentHash, deploymentVersion }: SessionRecording, url: string): void {
  const { hash, file } = agentVersion(url);
  if (agentHash === null || hash === agentHash) return;
  const deployed = deploymentVersion === null ? '' : ` (deployment ${shown(deploymentVersion)})`;
  throw new TenantryError(
    'TENANTRY_REPLAY_OTHER_VERSION',
    `agent "${agent}": ${shown(file)} is version ${short(hash)}, recorded was ${short(agentHash)}${deployed}; ` +
      '--force replays it all the same',
    { details: { recorded: agentHash, found: hash } },
  );
}

const short = (hash: string | null): string => hash?.slice(0, 12) ?? 'unknown';

/** The file that was recorded, where the folder has it. A name that leads elsewhere is none. */
async function ownFile(folder: string, file: string | null): Promise<string | null> {
  const isFolder = await stat(folder).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  if (!isFolder) {
    throw new TenantryError(
      'TENANTRY_REPLAY_AGENT_MISSING',
      `no folder ${shown(folder)} of agents`,
    );
  }
  if (file === null || path.basename(file) !== file) return null;
  return access(path.join(folder, file)).then(
    () => file,
    () => null,
  );
}

const urlOf = (folder: string, file: string): string => pathToFileURL(path.join(folder, file)).href;

function rungOf({ rung }: SessionRecording): ReplayRung {
  return rung === 'quarantined' ? 'process' : rung;
}

/** The longest pause of the recording, twice: a machine may be slower than the one it ran on. */
function usualWaitMs({ events, end }: SessionRecording): number {
  const times = [0, ...events.map(({ atMs }) => atMs), ...(end === null ? [] : [end.atMs])];
  const longest = times.reduce(
    (most, at, index) => Math.max(most, at - (times[index - 1] ?? 0)),
    0,
  );
  return Math.min(LONGEST_WAIT_MS, Math.max(SHORTEST_WAIT_MS, 2 * longest));
}

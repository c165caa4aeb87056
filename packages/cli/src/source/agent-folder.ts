/**
 * The agents of a folder. Their modules are loaded by a child of this process, so that whatever they
 * print, leave open, block or end is the child's, and the caller's output stays its own.
 */
import process from 'node:process';
import {
  GUEST_CONDITION,
  TenantryError,
  fromWireError,
  maskText,
  shown,
  systemClock,
  type Clock,
} from '@tenantry/core/internal';
import type { AgentFile, LoaderMessage, LoaderTask } from './agent-loader-message.js';
import { loadElsewhere, type LoadingEnd } from './loading-process.js';

const LOADER = new URL('agent-loader-entry.js', import.meta.url);
/** As a pool's by default. */
const LOAD_TIMEOUT_MS = 5_000;
/** A module that computes for longer than it may wait is slow before it is stuck. */
const STUCK_FACTOR = 3;

export interface ReadOptions {
  readonly clock?: Clock;
  /** Longest load of one module that awaits something. */
  readonly loadTimeoutMs?: number;
  /** Longest time that one module may block. */
  readonly stuckAfterMs?: number;
  /** These files and no others. */
  readonly only?: readonly string[];
  /** What modules print is shown only where one of them is refused. */
  readonly isQuiet?: boolean;
}

/**
 * Every file of the folder, in the order of their names. One that blocks or ends its process is answered
 * as failed like any other.
 * @throws TENANTRY_AGENT_PATH_REFUSED where there is no such folder, TENANTRY_AGENT_LOAD_FAILED where
 *   nothing can be loaded
 */
export async function readAgentFolder(
  folder: string,
  options: ReadOptions = {},
): Promise<AgentFile[]> {
  const rows: AgentFile[] = [];
  while (!(await readOn(folder, rows, options)));
  return withoutTwins(rows).map(masked);
}

/** Why a file defines no agent may be its own error, which may say anything. */
function masked(row: AgentFile): AgentFile {
  return 'message' in row ? { ...row, message: maskText(row.message) } : row;
}

/** Answers whether that was all: false where a file has taken its process along. */
async function readOn(folder: string, rows: AgentFile[], options: ReadOptions): Promise<boolean> {
  const { clock = systemClock, loadTimeoutMs = LOAD_TIMEOUT_MS, only, isQuiet = false } = options;
  const { stuckAfterMs = STUCK_FACTOR * loadTimeoutMs } = options;
  const except = rows.map(({ file }) => file);
  const task: LoaderTask = { folder, only: only ?? null, except, loadTimeoutMs };
  let loading: string | undefined;
  let failure: Error | undefined;
  const { output, ...end } = await loadElsewhere(
    // An agent needs no more of core than it has in an isolate, which is loaded sooner.
    { entry: LOADER, task, execArgv: [GUEST_CONDITION], clock, stuckAfterMs, isQuiet },
    (said) => {
      const message = said as LoaderMessage;
      if (message.kind === 'failed') failure = fromWireError(message.error);
      if (message.kind === 'loading') loading = message.file;
      if (message.kind !== 'loaded') return;
      loading = undefined;
      rows.push(message.file);
    },
  );
  if (failure !== undefined) throw failure;
  if (loading !== undefined) rows.push(culprit(loading, end, stuckAfterMs));
  const read = rows.slice(except.length);
  if (read.some((row) => 'code' in row)) process.stderr.write(output);
  if (end.kind === 'done') return true;
  if (read.length > 0) return false;
  const how = end.kind === 'stuck' ? `silent for ${stuckAfterMs} ms` : end.how;
  throw new TenantryError(
    'TENANTRY_AGENT_LOAD_FAILED',
    `agents of ${shown(folder)}: the process that loads them did not get to it (${how})`,
    { details: { folder: shown(folder), how } },
  );
}

function culprit(file: string, end: LoadingEnd, limitMs: number): AgentFile {
  if (end.kind === 'ended') {
    const message = `agent file ${shown(file)}: it ended the process that loaded it (${end.how})`;
    return { file, code: 'TENANTRY_AGENT_LOAD_FAILED', message };
  }
  const message =
    `agent file ${shown(file)}: it has blocked its loading for ${limitMs} ms ` +
    '(an endless loop at its top?)';
  return { file, code: 'TENANTRY_AGENT_LOAD_TIMEOUT', message };
}

/** A pool refuses the second agent of a name, so a list that calls it good would be wrong. */
function withoutTwins(rows: readonly AgentFile[]): AgentFile[] {
  const fileOf = new Map<string, string>();
  return rows.map((row) => {
    if ('code' in row) return row;
    const { name, file } = row;
    const first = fileOf.get(name);
    if (first === undefined) {
      fileOf.set(name, file);
      return row;
    }
    const message = `agent file "${file}": agent "${name}" is defined by "${first}" already`;
    return { file, code: 'TENANTRY_AGENT_DUPLICATE', message };
  });
}

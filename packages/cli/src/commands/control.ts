/**
 * What the commands that change a running pool have in common: their options, the question and its
 * answer. Which act it is, and on what, is left to the file of each command.
 */
import type { Command } from 'commander';
import { codeOf, type ControlRequest } from '@tenantry/core/internal';
import { askControl } from '../source/pool-acts.js';
import { fetchSnapshot, findSocket } from '../source/running-pool.js';
import { printableJson } from '../view/clean-text.js';
import { controlNotes, controlText } from '../view/control-text.js';
import { withNearest } from '../view/unknown-name.js';
import type { CommandContext, CommandResult } from './command.js';

export interface ControlOptions {
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly socket?: string;
}

/** A request without what every command adds. */
type Act = ControlRequest extends infer Request
  ? Request extends ControlRequest
    ? Omit<Request, 'uid' | 'dryRun'>
    : never
  : never;

const UNKNOWN_NAME = ['TENANTRY_TENANT_UNKNOWN', 'TENANTRY_SESSION_UNKNOWN'];

export const CONTROL_EXITS =
  'Exit codes: 0 done, also where it was so already, 1 refused or no such pool, tenant or session,\n2 wrong usage.';

export const SOCKET_OPTION = [
  '--socket <path>',
  "the pool's socket (default: TENANTRY_SOCKET, else the only pool)",
] as const;

export function withControlOptions(command: Command): Command {
  return command
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--json', "print the pool's reply as one JSON document")
    .option(...SOCKET_OPTION);
}

export async function carryOut(
  act: Act,
  { dryRun, json, socket }: ControlOptions,
  { env, terminal, uid }: CommandContext,
): Promise<CommandResult> {
  const request = { ...act, uid, dryRun: dryRun === true } as ControlRequest;
  const found = await findSocket(socket, env);
  try {
    const reply = await askControl(found, request);
    const output = json ? `${printableJson(reply)}\n` : controlText(reply, terminal);
    return { output, notes: controlNotes(reply), problems: [] };
  } catch (error) {
    return withKnownNames(found, namedIn(act), error);
  }
}

/** What a request names: a word of the pool's tenants, of its sessions, or of either. */
interface Named {
  readonly name: string;
  readonly of: readonly ('tenants' | 'sessions')[];
}

function namedIn(act: Act): Named {
  const session = 'session' in act ? act.session : null;
  if (session !== null) return { name: session, of: ['sessions'] };
  return { name: ('tenant' in act ? act.tenant : null) ?? '', of: ['tenants'] };
}

/**
 * A refusal of an unknown name, with the known name that is nearest.
 * @throws `error` itself where it is about something else
 */
export async function withKnownNames(
  socket: string,
  { name, of }: Named,
  error: unknown,
): Promise<CommandResult> {
  const code = codeOf(error);
  if (code === undefined || !UNKNOWN_NAME.includes(code)) throw error;
  const { message } = error as Error;
  // A pool that knows no such name may still be asked which it knows; the refusal counts either way.
  const snapshot = await fetchSnapshot(socket).catch(() => undefined);
  const problem = withNearest({ message, code }, name, {
    tenants: of.includes('tenants') ? (snapshot?.tenants ?? []).map(({ tenant }) => tenant) : [],
    sessions: of.includes('sessions')
      ? (snapshot?.sessions ?? []).map(({ session }) => session)
      : [],
  });
  return { output: '', problems: [problem] };
}

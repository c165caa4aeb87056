/** `tenantry sessions`: the sessions that run in a pool, as one table. */
import type { Command } from 'commander';
import type { Snapshot } from '@tenantry/core/snapshot';
import { parseAgentName } from '@tenantry/core/internal';
import { fetchSnapshot, findSocket } from '../source/running-pool.js';
import { printableJson } from '../view/clean-text.js';
import type { Problem } from '../view/problem-text.js';
import { sessionLines } from '../view/session-table.js';
import { unknownAgent, unknownTenant } from '../view/unknown-name.js';
import { tenantArgument } from './arguments.js';
import type { CommandContext, CommandResult, RunCommand } from './command.js';
import { SOCKET_OPTION } from './control.js';

interface SessionsOptions {
  readonly json?: boolean;
  readonly tenant?: string;
  readonly agent?: string;
  readonly socket?: string;
}

const EXAMPLES = `
Examples:
  tenantry sessions                            all of them, by tenant, the longest first
  tenantry sessions --tenant acme --agent orders
  tenantry sessions --json | jq -r '.sessions[].session'

Exit codes: 0 shown, 1 none runs, no such tenant, agent or pool, 2 wrong usage.`;

export function addSessionsCommand(program: Command, run: RunCommand): void {
  program
    .command('sessions')
    .summary('list the sessions that run in a pool')
    .description('Lists the sessions that run in a pool, as the snapshot has them.')
    .option('--json', 'print one JSON document')
    .option('--tenant <id>', 'of this tenant only', tenantArgument)
    .option('--agent <name>', 'of this agent only', (name) => parseAgentName(name))
    .option(...SOCKET_OPTION)
    .addHelpText('after', EXAMPLES)
    .action((options: SessionsOptions) => run((context) => listSessions(options, context)));
}

async function listSessions(
  { json, tenant, agent, socket }: SessionsOptions,
  { env, terminal }: CommandContext,
): Promise<CommandResult> {
  const snapshot = await fetchSnapshot(await findSocket(socket, env));
  const sessions = snapshot.sessions.filter(
    (row) =>
      (tenant === undefined || row.tenant === tenant) &&
      (agent === undefined || row.agent === agent),
  );
  if (sessions.length === 0) {
    return { output: '', problems: [noneOf(snapshot, tenant, agent)] };
  }
  const { schemaVersion, takenAtMs } = snapshot;
  const output = json
    ? printableJson({ schemaVersion, takenAtMs, sessions })
    : sessionLines(sessions, terminal).join('\n');
  return { output: `${output}\n`, problems: [] };
}

function noneOf(snapshot: Snapshot, tenant?: string, agent?: string): Problem {
  if (tenant !== undefined && !snapshot.tenants.some((row) => row.tenant === tenant)) {
    return unknownTenant(snapshot, tenant);
  }
  if (agent !== undefined && !snapshot.registeredAgents.includes(agent)) {
    return unknownAgent(snapshot, agent);
  }
  const whose = [
    ...(tenant === undefined ? [] : [` of tenant "${tenant}"`]),
    ...(agent === undefined ? [] : [` of agent "${agent}"`]),
  ].join('');
  return { message: `no session${whose} runs in pool "${snapshot.runtime.name}"` };
}

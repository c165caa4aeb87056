/** `tenantry explain`: why a tenant or session was refused, slow, moved or ended. */
import { Option, type Command } from 'commander';
import type { Explanation } from '@tenantry/core/internal';
import { auditFileIn } from '../source/audit-trail.js';
import { explainOffline } from '../source/offline-explanation.js';
import { askExplanation } from '../source/pool-acts.js';
import { findSocket } from '../source/running-pool.js';
import { printableJson } from '../view/clean-text.js';
import { explanationText } from '../view/explanation-text.js';
import { withNearest } from '../view/unknown-name.js';
import { folderArgument, nameArgument } from './arguments.js';
import type { CommandContext, CommandResult, RunCommand } from './command.js';
import { SOCKET_OPTION, withKnownNames } from './control.js';

interface ExplainOptions {
  readonly records?: boolean;
  readonly json?: boolean;
  readonly socket?: string;
  readonly stateDir?: string;
}

const EXAMPLES = `
Examples:
  tenantry explain acme                    why it is where it is
  tenantry explain 3f2a91c0 --records      how a session ended, with the records that say so
  tenantry explain acme --state-dir /var/lib/voice   of a pool that runs no more

Exit codes: 0 explained, 1 no such pool, tenant or session, 2 wrong usage.`;

export function addExplainCommand(program: Command, run: RunCommand): void {
  const [flags, meaning] = SOCKET_OPTION;
  program
    .command('explain')
    .summary('say why a tenant or session was refused, slow, moved or ended')
    .description('Says why a tenant or session was refused, slow, moved or ended.')
    .argument('<name>', "a tenant, or a session's id or its first 8 characters", nameArgument)
    .option('--records', 'show the records of the audit trail that say so')
    .option('--json', 'print sentences and records as one JSON document')
    .addOption(
      new Option('--state-dir <dir>', "read the pool's audit trail, without the pool")
        .argParser(folderArgument)
        .conflicts('socket'),
    )
    .option(flags, meaning)
    .addHelpText('after', EXAMPLES)
    .action((name: string, options: ExplainOptions) =>
      run((context) => explain(name, options, context)),
    );
}

async function explain(
  name: string,
  options: ExplainOptions,
  context: CommandContext,
): Promise<CommandResult> {
  const { stateDir, json, records, socket } = options;
  const show = (explanation: Explanation): CommandResult => ({
    output: json
      ? `${printableJson(explanation)}\n`
      : explanationText(explanation, records === true, context.terminal),
    problems: [],
  });
  if (stateDir !== undefined) return readTrail(name, stateDir, show);
  const found = await findSocket(socket, context.env);
  try {
    return show(await askExplanation(found, name));
  } catch (error) {
    return withKnownNames(found, { name, of: ['tenants', 'sessions'] }, error);
  }
}

async function readTrail(
  name: string,
  stateDir: string,
  show: (explanation: Explanation) => CommandResult,
): Promise<CommandResult> {
  const file = auditFileIn(stateDir);
  const found = await explainOffline(file, name);
  if ('explanation' in found) return show(found.explanation);
  const message = `${file} has no record of ${name}`;
  const problem = { message, code: 'TENANTRY_TENANT_UNKNOWN' };
  return { output: '', problems: [withNearest(problem, name, found)] };
}

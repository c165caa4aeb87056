/** `tenantry list`: the agents of a folder, as a pool would find them. */
import { Option, type Command } from 'commander';
import { shown } from '@tenantry/core/internal';
import { readAgentFolder } from '../source/agent-folder.js';
import { agentDocument, agentNames, agentText } from '../view/agent-table.js';
import { printableJson } from '../view/clean-text.js';
import type { CommandContext, CommandResult, RunCommand } from './command.js';

interface ListOptions {
  readonly json?: boolean;
  readonly plain?: boolean;
}

const EXAMPLES = `
Examples:
  tenantry list ./agents                   a table: agent, file, status
  tenantry list ./agents --plain           the names, one a line
  tenantry list ./agents --json            one JSON document, failed files included

Exit codes: 0 every file is an agent, 1 some file is not, or there is none, 2 wrong usage.`;

export function addListCommand(program: Command, run: RunCommand): void {
  program
    .command('list')
    .summary('list the agents of a folder')
    .description(
      'Loads every agent file of a folder, as a pool would, and says what it found.\n' +
        'What the modules print goes to stderr.',
    )
    .argument('<dir>', 'folder of agent modules')
    .option('--json', 'print one JSON document')
    .addOption(new Option('--plain', 'print the names, one a line').conflicts('json'))
    .addHelpText('after', EXAMPLES)
    .action((dir: string, options: ListOptions) =>
      run((context) => listAgents(dir, options, context)),
    );
}

async function listAgents(
  dir: string,
  { json, plain }: ListOptions,
  { terminal }: CommandContext,
): Promise<CommandResult> {
  const files = await readAgentFolder(dir);
  const failed = files.filter((row) => 'code' in row);
  const none = { code: 'TENANTRY_AGENT_NONE', message: `no agent files in ${shown(dir)}` };
  const problems = files.length === 0 ? [none] : failed;
  if (json) return { output: `${printableJson(agentDocument(files))}\n`, problems };
  if (plain) return { output: agentNames(files), problems };
  return { output: files.length === 0 ? '' : agentText(files, terminal), problems };
}

/** `tenantry settings`: what a running pool was asked for, and what of it holds. */
import type { Command } from 'commander';
import { fetchSettings } from '../source/pool-settings.js';
import { findSocket } from '../source/running-pool.js';
import { printableJson } from '../view/clean-text.js';
import { settingText } from '../view/setting-table.js';
import type { CommandContext, CommandResult, RunCommand } from './command.js';
import { SOCKET_OPTION } from './control.js';

interface SettingsOptions {
  readonly changed?: boolean;
  readonly json?: boolean;
  readonly socket?: string;
}

const EXAMPLES = `
Examples:
  tenantry settings                        every setting of the pool that runs here
  tenantry settings --changed              what is not at its default, or does not hold as asked
  tenantry settings --json                 for programs

Exit codes: 0 shown, 1 no such pool, 2 wrong usage.`;

export function addSettingsCommand(program: Command, run: RunCommand): void {
  program
    .command('settings')
    .summary('show what a running pool was asked for, and what of it holds')
    .description(
      'Shows every setting of a running pool: as requested, as applied, degraded or failed with the\n' +
        'reason, and where it was taken from.',
    )
    .option('--changed', 'leave out what is at its default and holds')
    .option('--json', 'print the settings as one JSON document')
    .option(...SOCKET_OPTION)
    .addHelpText('after', EXAMPLES)
    .action((options: SettingsOptions) => run((context) => showSettings(options, context)));
}

async function showSettings(
  { changed, json, socket }: SettingsOptions,
  { env, terminal }: CommandContext,
): Promise<CommandResult> {
  const all = await fetchSettings(await findSocket(socket, env));
  const rows = changed
    ? all.filter(({ state, origin }) => state !== 'applied' || origin !== 'default')
    : all;
  const output = json ? `${printableJson({ settings: rows })}\n` : settingText(rows, terminal);
  return { output, problems: [] };
}

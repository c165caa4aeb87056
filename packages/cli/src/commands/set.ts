/** `tenantry set`: changes a setting of a running pool, until the pool ends. */
import { InvalidArgumentError, type Command } from 'commander';
import { askInspector } from '@tenantry/core/internal';
import { findSocket } from '../source/running-pool.js';
import { printableJson } from '../view/clean-text.js';
import type { CommandContext, CommandResult, RunCommand } from './command.js';
import { SOCKET_OPTION } from './control.js';

interface SetOptions {
  readonly json?: boolean;
  readonly socket?: string;
}

const SETTINGS = ['slowSessionThresholdMs'] as const;
type Setting = (typeof SETTINGS)[number];

const EXAMPLES = `
Settings:
  slowSessionThresholdMs   a turn that holds its loop for longer is a block (5 to 60000)

Examples:
  tenantry set slowSessionThresholdMs 20     see shorter blocks while you look for them
  tenantry set slowSessionThresholdMs 50     back to the default

Exit codes: 0 set, 1 no such pool or refused, 2 wrong usage.`;

export function addSetCommand(program: Command, run: RunCommand): void {
  program
    .command('set')
    .summary('change a setting of a running pool')
    .description('Changes a setting of a running pool at once. It is not kept when the pool ends.')
    .argument('<setting>', 'its name', parseSetting)
    .argument('<value>', 'its value', parseValue)
    .option('--json', 'print one JSON document')
    .option(...SOCKET_OPTION)
    .addHelpText('after', EXAMPLES)
    .action((setting: Setting, value: number, options: SetOptions) =>
      run((context) => change(setting, value, options, context)),
    );
}

async function change(
  setting: Setting,
  value: number,
  { json, socket }: SetOptions,
  { env }: CommandContext,
): Promise<CommandResult> {
  await askInspector(await findSocket(socket, env), { command: 'set', setting, value });
  const said = json ? printableJson({ setting, value }) : `${setting} is ${value}`;
  return { output: `${said}\n`, problems: [] };
}

function parseSetting(text: string): Setting {
  const setting = SETTINGS.find((known) => known === text);
  if (setting !== undefined) return setting;
  throw new InvalidArgumentError(`Known settings: ${SETTINGS.join(', ')}.`);
}

/** Its bounds are the pool's to check. */
function parseValue(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('Expected a number.');
}

/** `tenantry kick`: ends one session. */
import type { Command } from 'commander';
import { sessionArgument } from './arguments.js';
import type { RunCommand } from './command.js';
import { CONTROL_EXITS, carryOut, withControlOptions, type ControlOptions } from './control.js';

const EXAMPLES = `
Examples:
  tenantry kick 3f2a91c0                   the session whose id begins so
  tenantry kick 3f2a91c0 --dry-run         says whose it is

Its agent has the tenant's abortGraceMs to end; tenantry drain --session lets it finish.

${CONTROL_EXITS}`;

export function addKickCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('kick')
    .summary('end one session')
    .description('Ends one session at once, with the reason "cancelled".')
    .argument('<session>', 'its id, or at least the first 8 characters', sessionArgument);
  withControlOptions(command)
    .addHelpText('after', EXAMPLES)
    .action((session: string, options: ControlOptions) =>
      run((context) => carryOut({ command: 'kick', session }, options, context)),
    );
}

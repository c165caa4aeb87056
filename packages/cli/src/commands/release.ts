/** `tenantry release`: ends a tenant's confinement. */
import type { Command } from 'commander';
import { tenantArgument } from './arguments.js';
import type { RunCommand } from './command.js';
import { CONTROL_EXITS, carryOut, withControlOptions, type ControlOptions } from './control.js';

const EXAMPLES = `
Examples:
  tenantry release acme                    its next sessions run where they usually do
  tenantry release acme --dry-run          says from where to where

${CONTROL_EXITS}`;

export function addReleaseCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('release')
    .summary('end the confinement of a tenant')
    .description('Ends the confinement of a tenant at once, and forgets its offences.')
    .argument('<tenant>', 'its id', tenantArgument);
  withControlOptions(command)
    .addHelpText('after', EXAMPLES)
    .action((tenant: string, options: ControlOptions) =>
      run((context) => carryOut({ command: 'release', tenant }, options, context)),
    );
}

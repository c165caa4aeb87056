/** `tenantry cap`: how many sessions a tenant may run at once. */
import type { Command } from 'commander';
import { LARGEST_CAP } from '@tenantry/core/internal';
import { tenantArgument, wholeArgument } from './arguments.js';
import type { RunCommand } from './command.js';
import { CONTROL_EXITS, carryOut, withControlOptions, type ControlOptions } from './control.js';

const EXAMPLES = `
Examples:
  tenantry cap acme 5                      at most five sessions at once
  tenantry cap acme 0                      no new ones; those that run go on
  tenantry cap acme default                the configured cap again

It is not kept when the pool ends. No session is ended because of it.

${CONTROL_EXITS}`;

export function addCapCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('cap')
    .summary('change how many sessions a tenant may run at once')
    .description('Changes at once how many sessions a tenant may run.')
    .argument('<tenant>', 'its id', tenantArgument)
    .argument('<cap>', `0 to ${LARGEST_CAP}, or default`, parseCap);
  withControlOptions(command)
    .addHelpText('after', EXAMPLES)
    .action((tenant: string, cap: number | 'default', options: ControlOptions) => {
      const maxSessions = cap === 'default' ? null : cap;
      return run((context) => carryOut({ command: 'cap', tenant, maxSessions }, options, context));
    });
}

function parseCap(text: string): number | 'default' {
  return text === 'default' ? text : wholeArgument(text, 0, LARGEST_CAP, ', or default');
}

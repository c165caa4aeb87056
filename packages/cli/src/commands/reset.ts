/** `tenantry reset`: closes a tenant's circuit breaker. Opening it is left to `tenantry trip`. */
import type { Command } from 'commander';
import { tenantArgument } from './arguments.js';
import type { RunCommand } from './command.js';
import { CONTROL_EXITS, carryOut, withControlOptions, type ControlOptions } from './control.js';

const EXAMPLES = `
Examples:
  tenantry reset acme                      admit its sessions again
  tenantry reset acme --json               what the breaker was, for programs

${CONTROL_EXITS}`;

export function addResetCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('reset')
    .summary("close a tenant's circuit breaker")
    .description('Closes the circuit breaker of a tenant at once.')
    .argument('<tenant>', 'its id', tenantArgument);
  withControlOptions(command)
    .addHelpText('after', EXAMPLES)
    .action((tenant: string, options: ControlOptions) =>
      run((context) => carryOut({ command: 'reset', tenant }, options, context)),
    );
}

/** `tenantry trip`: opens a tenant's circuit breaker. Closing it is left to `tenantry reset`. */
import type { Command } from 'commander';
import { tenantArgument } from './arguments.js';
import type { RunCommand } from './command.js';
import { CONTROL_EXITS, carryOut, withControlOptions, type ControlOptions } from './control.js';

const EXAMPLES = `
Examples:
  tenantry trip acme                       refuse its sessions, until a probe succeeds
  tenantry trip acme --dry-run             says what the breaker is now

${CONTROL_EXITS}`;

export function addTripCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('trip')
    .summary("open a tenant's circuit breaker")
    .description('Opens the circuit breaker of a tenant at once: its next sessions are refused.')
    .argument('<tenant>', 'its id', tenantArgument);
  withControlOptions(command)
    .addHelpText('after', EXAMPLES)
    .action((tenant: string, options: ControlOptions) =>
      run((context) => carryOut({ command: 'trip', tenant }, options, context)),
    );
}

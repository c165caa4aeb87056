/** `tenantry isolate`: confines a tenant to a rung, until somebody releases it. */
import { Option, type Command } from 'commander';
import { HAND_RUNGS, type HandRung } from '@tenantry/core/internal';
import { tenantArgument } from './arguments.js';
import type { RunCommand } from './command.js';
import { CONTROL_EXITS, carryOut, withControlOptions, type ControlOptions } from './control.js';

interface IsolateOptions extends ControlOptions {
  readonly as: HandRung;
}

const EXAMPLES = `
Examples:
  tenantry isolate acme --as process       its next sessions run in a process of its own
  tenantry isolate acme --as quarantined   its next sessions are refused
  tenantry isolate acme --as thread --dry-run

Sessions that run stay where they are; tenantry release takes it back.

${CONTROL_EXITS}`;

export function addIsolateCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('isolate')
    .summary('confine a tenant to a thread, a process or quarantine, until it is released')
    .description('Confines the next sessions of a tenant, until somebody releases it.')
    .argument('<tenant>', 'its id', tenantArgument)
    .addOption(
      new Option('--as <rung>', 'where its sessions go').choices(HAND_RUNGS).makeOptionMandatory(),
    );
  withControlOptions(command)
    .addHelpText('after', EXAMPLES)
    .action((tenant: string, options: IsolateOptions) =>
      run((context) => carryOut({ command: 'isolate', tenant, as: options.as }, options, context)),
    );
}

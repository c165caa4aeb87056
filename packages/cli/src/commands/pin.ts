/** `tenantry pin`: holds a tenant on a rung, whatever it does. */
import { Argument, type Command } from 'commander';
import { RUNGS } from '@tenantry/core/internal';
import { tenantArgument } from './arguments.js';
import type { RunCommand } from './command.js';
import { CONTROL_EXITS, carryOut, withControlOptions, type ControlOptions } from './control.js';

const NO_PIN = 'none';
type PinWord = (typeof RUNGS)[number] | typeof NO_PIN;

const EXAMPLES = `
Examples:
  tenantry pin acme thread                 its sessions run in a thread, whatever it does
  tenantry pin acme coroutine              it is never moved off the shared loop
  tenantry pin acme none                   takes the pin away

${CONTROL_EXITS}`;

export function addPinCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('pin')
    .summary('hold a tenant on a rung, whatever it does')
    .description('Holds the next sessions of a tenant on a rung: it moves neither up nor down.')
    .argument('<tenant>', 'its id', tenantArgument)
    .addArgument(
      new Argument('<rung>', 'where it stays; none takes the pin away').choices([...RUNGS, NO_PIN]),
    );
  withControlOptions(command)
    .addHelpText('after', EXAMPLES)
    .action((tenant: string, word: PinWord, options: ControlOptions) => {
      const rung = word === NO_PIN ? null : word;
      return run((context) => carryOut({ command: 'pin', tenant, rung }, options, context));
    });
}

/** `tenantry drain`: lets sessions finish, and ends what is left at the deadline. */
import { Option, type Command } from 'commander';
import { LONGEST_DRAIN_MS } from '@tenantry/core/internal';
import { durationArgument, sessionArgument, tenantArgument } from './arguments.js';
import type { RunCommand } from './command.js';
import { CONTROL_EXITS, carryOut, withControlOptions, type ControlOptions } from './control.js';

interface DrainOptions extends ControlOptions {
  readonly tenant?: string;
  readonly session?: string;
  readonly timeout?: number;
}

const EXAMPLES = `
Examples:
  tenantry drain --tenant acme             the sessions of a tenant
  tenantry drain --session 3f2a91c0 --timeout 5s
  tenantry drain --timeout 2m              the whole pool: it admits nothing any more
  tenantry drain --dry-run                 how many sessions that would be

It ends when the sessions have ended, and says how many finished and how many were ended.

${CONTROL_EXITS}`;

export function addDrainCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('drain')
    .summary('let the sessions of a pool, a tenant or one session finish, and end the rest')
    .description(
      'Admits no new sessions there, lets those that run finish, and ends what is left in time.',
    )
    .addOption(
      new Option('--tenant <id>', 'the sessions of this tenant')
        .argParser(tenantArgument)
        .conflicts('session'),
    )
    .option('--session <id>', 'this session: its id, or the first characters', sessionArgument)
    .option(
      '--timeout <time>',
      "500ms, 30s, 2m (default: the pool's drainTimeoutMs)",
      parseTimeout,
    );
  withControlOptions(command)
    .addHelpText('after', EXAMPLES)
    .action((options: DrainOptions) => {
      const { tenant = null, session = null, timeout: timeoutMs = null } = options;
      const act = { command: 'drain', tenant, session, timeoutMs } as const;
      return run((context) => carryOut(act, options, context));
    });
}

const parseTimeout = (text: string): number => durationArgument(text, LONGEST_DRAIN_MS);

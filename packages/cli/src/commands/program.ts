/** The tree of commands, and what holds for all of them. Each command tells of itself in its file. */
import { Command, type OutputConfiguration } from 'commander';
import { readVersion } from '../source/version.js';
import type { RunCommand } from './command.js';
import { addListCommand } from './list.js';
import { addProfileCommand } from './profile.js';
import { addSetCommand } from './set.js';
import { addSnapshotCommand } from './snapshot.js';
import { addTopCommand } from './top.js';

const EXAMPLES = `
Examples:
  tenantry top                             watch the running pool, live
  tenantry snapshot                        what the running pool is doing now
  tenantry snapshot --tenant acme --json   one tenant's rows, for programs
  tenantry list ./agents                   which agents a folder has

Environment:
  TENANTRY_SOCKET    socket of the pool to ask, when --socket does not say
  NO_COLOR           no colour; FORCE_COLOR=1 colours also off a terminal

Exit codes: 0 done, 1 nothing found or refused, 2 wrong usage.`;

/** A program that throws where it would end the process. */
export function createProgram(run: RunCommand, output: OutputConfiguration): Command {
  const program = new Command('tenantry')
    .description('Looks at Tenantry pools: many tenants, one Node.js service.')
    .version(`tenantry ${readVersion()}`, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .configureOutput(output)
    .exitOverride()
    .addHelpText('after', EXAMPLES);
  addTopCommand(program, run);
  addSnapshotCommand(program, run);
  addListCommand(program, run);
  addSetCommand(program, run);
  addProfileCommand(program, run);
  return program;
}

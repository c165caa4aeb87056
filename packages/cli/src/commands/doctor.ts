/** `tenantry doctor`: whether this host is ready for what is configured, and what to do where it is not. */
import type { Command } from 'commander';
import { examine } from '../doctor/doctor.js';
import { readHost } from '../doctor/host-facts.js';
import { planOf } from '../doctor/plan.js';
import { poolToExamine } from '../source/pool-settings.js';
import { printableJson } from '../view/clean-text.js';
import { findingText } from '../view/finding-table.js';
import { folderArgument } from './arguments.js';
import type { CommandContext, CommandResult, RunCommand } from './command.js';
import { SOCKET_OPTION } from './control.js';

interface DoctorOptions {
  readonly stateDir?: string;
  readonly json?: boolean;
  readonly socket?: string;
}

const EXAMPLES = `
Examples:
  tenantry doctor                          this host, for the pool that runs here or the defaults
  tenantry doctor --state-dir /var/lib/voice   before the first start, with that folder
  tenantry doctor --json                   for programs

Exit codes: 0 nothing failed, 1 something failed or no such pool, 2 wrong usage.`;

export function addDoctorCommand(program: Command, run: RunCommand): void {
  program
    .command('doctor')
    .summary('say whether this host is ready, and what to do where it is not')
    .description(
      'Looks at the host: Node, memory, limits, disks, clocks and what confines processes, against the\n' +
        'settings of the pool that runs here, or the defaults where none does. It changes nothing.',
    )
    .option('--state-dir <dir>', 'look at this folder as the state directory', folderArgument)
    .option('--json', 'print the findings as one JSON document')
    .option(...SOCKET_OPTION)
    .addHelpText('after', EXAMPLES)
    .action((options: DoctorOptions) => run((context) => examineHost(options, context)));
}

async function examineHost(
  { stateDir, json, socket }: DoctorOptions,
  { env, terminal }: CommandContext,
): Promise<CommandResult> {
  const { settings, runtime } = await poolToExamine(socket, env);
  const planned = planOf(settings);
  const plan = { ...planned, stateDir: stateDir ?? planned.stateDir };
  const host = await readHost(env, { pid: runtime?.pid ?? null, stateDir: plan.stateDir });
  // The version that counts is that of the pool's own process.
  const findings = examine({ ...host, nodeVersion: runtime?.node ?? host.nodeVersion }, plan);
  const failed = findings.filter(({ state }) => state === 'fail').length;
  const about = runtime === null ? null : { name: runtime.name, pid: runtime.pid };
  return {
    output: json
      ? `${printableJson({ pool: about, findings })}\n`
      : findingText(findings, terminal),
    notes: about === null && !json ? ['no pool runs here: looked at for the defaults'] : [],
    problems:
      failed === 0
        ? []
        : [
            {
              message: `this host is not ready: ${failed} failed`,
              code: 'TENANTRY_HOST_NOT_READY',
            },
          ],
  };
}

/** The tree of commands, and what holds for all of them. Each command tells of itself in its file. */
import { Command, type OutputConfiguration } from 'commander';
import { readVersion } from '../source/version.js';
import type { RunCommand } from './command.js';
import { addAuditCommand } from './audit.js';
import { addBundleCommand } from './bundle.js';
import { addCapCommand } from './cap.js';
import { addDoctorCommand } from './doctor.js';
import { addDeadLettersCommand } from './deadletters.js';
import { addDrainCommand } from './drain.js';
import { addExplainCommand } from './explain.js';
import { addIsolateCommand } from './isolate.js';
import { addKeysCommand } from './keys.js';
import { addKickCommand } from './kick.js';
import { addListCommand } from './list.js';
import { addLogsCommand } from './logs.js';
import { addPinCommand } from './pin.js';
import { addProfileCommand } from './profile.js';
import { addReleaseCommand } from './release.js';
import { addReplayCommand } from './replay.js';
import { addResetCommand } from './reset.js';
import { addServeCommand } from './serve.js';
import { addSetCommand } from './set.js';
import { addSettingsCommand } from './settings.js';
import { addSnapshotCommand } from './snapshot.js';
import { addTopCommand } from './top.js';
import { addTriageCommand } from './triage.js';
import { addTripCommand } from './trip.js';

const EXAMPLES = `
Examples:
  tenantry top                             watch the running pool, live
  tenantry snapshot                        what the running pool is doing now
  tenantry snapshot --tenant acme --json   one tenant's rows, for programs
  tenantry explain acme                    why a tenant is where it is
  tenantry isolate acme --as process       move its next sessions out of the way
  tenantry list ./agents                   which agents a folder has

Environment:
  TENANTRY_SOCKET    socket of the pool to ask, when --socket does not say
  NO_COLOR           no colour; FORCE_COLOR=1 colours also off a terminal

Exit codes: 0 done, 1 nothing found or refused, 2 wrong usage.`;

/** A program that throws where it would end the process. */
export function createProgram(run: RunCommand, output: OutputConfiguration): Command {
  const program = new Command('tenantry')
    .description('Looks at and steers Tenantry pools: many tenants, one Node.js service.')
    .version(`tenantry ${readVersion()}`, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .configureOutput(output)
    .exitOverride()
    .addHelpText('after', EXAMPLES);
  addServeCommand(program, run);
  addTopCommand(program, run);
  addSnapshotCommand(program, run);
  addListCommand(program, run);
  addSetCommand(program, run);
  addProfileCommand(program, run);
  addExplainCommand(program, run);
  addLogsCommand(program, run);
  addIsolateCommand(program, run);
  addReleaseCommand(program, run);
  addPinCommand(program, run);
  addCapCommand(program, run);
  addTripCommand(program, run);
  addResetCommand(program, run);
  addDrainCommand(program, run);
  addKickCommand(program, run);
  addReplayCommand(program, run);
  addDeadLettersCommand(program, run);
  addAuditCommand(program, run);
  addTriageCommand(program, run);
  addDoctorCommand(program, run);
  addSettingsCommand(program, run);
  addKeysCommand(program, run);
  addBundleCommand(program, run);
  return program;
}

/** The tree of commands, and what holds for all of them. Each command tells of itself in its file. */
import { Command, type OutputConfiguration } from 'commander';
import { readVersion } from '../source/version.js';
import type { RunCommand } from './command.js';

type AddCommand = (program: Command, run: RunCommand) => void;

/** In the order of the help. Loaded when it is asked for: all of them take longer than any of them. */
const COMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  serve: async () => (await import('./serve.js')).addServeCommand,
  top: async () => (await import('./top.js')).addTopCommand,
  snapshot: async () => (await import('./snapshot.js')).addSnapshotCommand,
  tenants: async () => (await import('./tenants.js')).addTenantsCommand,
  sessions: async () => (await import('./sessions.js')).addSessionsCommand,
  list: async () => (await import('./list.js')).addListCommand,
  set: async () => (await import('./set.js')).addSetCommand,
  profile: async () => (await import('./profile.js')).addProfileCommand,
  explain: async () => (await import('./explain.js')).addExplainCommand,
  logs: async () => (await import('./logs.js')).addLogsCommand,
  isolate: async () => (await import('./isolate.js')).addIsolateCommand,
  release: async () => (await import('./release.js')).addReleaseCommand,
  pin: async () => (await import('./pin.js')).addPinCommand,
  cap: async () => (await import('./cap.js')).addCapCommand,
  trip: async () => (await import('./trip.js')).addTripCommand,
  reset: async () => (await import('./reset.js')).addResetCommand,
  drain: async () => (await import('./drain.js')).addDrainCommand,
  kick: async () => (await import('./kick.js')).addKickCommand,
  replay: async () => (await import('./replay.js')).addReplayCommand,
  deadletters: async () => (await import('./deadletters.js')).addDeadLettersCommand,
  audit: async () => (await import('./audit.js')).addAuditCommand,
  triage: async () => (await import('./triage.js')).addTriageCommand,
  doctor: async () => (await import('./doctor.js')).addDoctorCommand,
  settings: async () => (await import('./settings.js')).addSettingsCommand,
  keys: async () => (await import('./keys.js')).addKeysCommand,
  bundle: async () => (await import('./bundle.js')).addBundleCommand,
};

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

Exit codes: 0 done, 1 nothing found or refused, 2 wrong usage. What went wrong is told on stderr as
text, with --json too; stdout has the document then, or nothing.`;

/**
 * A program that throws where it would end the process; with the command that is named first, or with
 * all of them where none is.
 */
export async function createProgram(
  run: RunCommand,
  output: OutputConfiguration,
  named: string | undefined,
): Promise<Command> {
  const program = new Command('tenantry')
    .description('Looks at and steers Tenantry pools: many tenants, one Node.js service.')
    .version(`tenantry ${readVersion()}`, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .configureOutput(output)
    .exitOverride()
    .addHelpText('after', EXAMPLES);
  if (named === '-V' || named === '--version') return program;
  const isKnown = named !== undefined && Object.hasOwn(COMMANDS, named);
  const wanted = isKnown ? [COMMANDS[named]!] : Object.values(COMMANDS);
  for (const load of wanted) (await load())(program, run);
  return program;
}

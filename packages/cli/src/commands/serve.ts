/** `tenantry serve`: runs a service of the agents of a folder, until it is told to end. */
import { InvalidArgumentError, type Command } from 'commander';
import { codeOf, systemClock } from '@tenantry/core/internal';
import { defaultLog } from '@tenantry/core/internal/host';
import { readConfiguration, type ConfigurationSource } from '../service/configuration.js';
import { exitCodeOf } from '../service/exit-codes.js';
import { urlOf, type Address } from '../service/listening.js';
import type { PoolFacts } from '../service/service.js';
import { serveHere } from '../service/single-process.js';
import { superviseUntilEnd } from '../service/supervised.js';
import { folderArgument, wholeArgument } from './arguments.js';
import type { CommandContext, CommandResult, RunCommand } from './command.js';

interface ServeOptions {
  readonly config?: string;
  readonly host?: string;
  readonly port?: number;
  readonly opsHost?: string;
  readonly opsPort?: number;
  readonly stateDir?: string;
  readonly name?: string;
  readonly watch?: boolean;
  /** False where `--no-supervise` was typed. */
  readonly supervise: boolean;
}

const EXAMPLES = `
Examples:
  tenantry serve ./agents                          on http://127.0.0.1:8080
  tenantry serve ./agents --port 0                 on any free port, printed
  tenantry serve ./agents --watch                  loads agent files again when they change
  tenantry serve --config /etc/tenantry/prod.mjs   what is to be served stands in the file

Settings come from flags, then TENANTRY_* variables, then tenantry.config.{ts,mjs,json}. The file is read
again when it changes, and on SIGHUP. SIGTERM and SIGINT let sessions finish for drainTimeoutMs; a second
one ends at once.

Exit codes: 0 it was told to end, 1 it could not start or gave up, 2 wrong usage or configuration, 75 out
of memory without a parent, 137 killed at a deadline or by a second signal.`;

export function addServeCommand(program: Command, run: RunCommand): void {
  program
    .command('serve')
    .summary('run a service of the agents of a folder')
    .description(
      'Serves the agents of a folder over HTTP and WebSocket, and starts its worker again when that ends.',
    )
    .argument('[agents]', 'folder of agent modules', folderArgument)
    .option('--config <file>', 'the file with the settings', once(folderArgument))
    .option('--host <address>', 'address to listen on (default: 127.0.0.1)', once(text))
    .option('--port <port>', 'port to listen on, 0: any (default: 8080)', once(port))
    .option('--ops-host <address>', 'address of the listener for operators', once(text))
    .option('--ops-port <port>', 'port for health and metrics that no tenant can block', once(port))
    .option(
      '--state-dir <dir>',
      'where what has to survive a restart is kept',
      once(folderArgument),
    )
    .option('--name <name>', 'what the pool is called wherever it is shown', once(text))
    .option('--watch', 'load agent files again when they change')
    .option('--no-supervise', 'one process, which nobody starts again')
    .addHelpText('after', EXAMPLES)
    .action((agents: string | undefined, options: ServeOptions) =>
      run((context) => serve(agents, options, context)),
    );
}

async function serve(
  agents: string | undefined,
  { config, supervise, ...flags }: ServeOptions,
  context: CommandContext,
): Promise<CommandResult> {
  const source: ConfigurationSource = {
    flags: { agents, ...flags, ...(supervise ? {} : { supervise }) },
    configFile: config,
    folder: context.cwd,
    env: context.env,
  };
  const listens = (address: Address, facts: PoolFacts): void =>
    void context.say(listening(address, facts));
  try {
    const parts = { clock: systemClock, log: defaultLog() };
    const configuration = await readConfiguration(source);
    if (configuration.service.supervise) {
      const end = await superviseUntilEnd(source, configuration, {
        ...parts,
        signals: context.signals,
        listens,
      });
      return {
        output: '',
        problems: end.error === undefined ? [] : [problemOf(end.error)],
        exitCode: end.exitCode,
      };
    }
    const { address, facts } = await serveHere(source, configuration, parts);
    listens(address, facts);
    // Signals end this process.
    return await new Promise<never>(() => {});
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return { output: '', problems: [problemOf(error)], exitCode: exitCodeOf(codeOf(error)) };
  }
}

function problemOf(error: unknown): {
  readonly message: string;
  readonly code: string | undefined;
} {
  return { message: (error as Error).message, code: codeOf(error) };
}

function listening(address: Address, { agents, socketPath }: PoolFacts): string {
  const many = agents.length === 1 ? '1 agent' : `${agents.length} agents`;
  return `listening on ${urlOf(address)} (${many}, socket ${socketPath ?? 'none'})`;
}

/** Typed twice, it is not clear which was meant. */
function once<T>(parse: (typed: string) => T): (typed: string, previous: T | undefined) => T {
  return (typed, previous) => {
    if (previous === undefined) return parse(typed);
    throw new InvalidArgumentError('It was given twice.');
  };
}

function port(typed: string): number {
  return wholeArgument(typed, 0, 65_535);
}

function text(typed: string): string {
  if (typed !== '') return typed;
  throw new InvalidArgumentError('Expected a value.');
}

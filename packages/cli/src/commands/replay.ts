/** `tenantry replay`: a recorded session run again and compared with what it did. */
import { readFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import type { SessionRecording } from '@tenantry/core';
import { TenantryError, systemClock } from '@tenantry/core/internal';
import { recordingOfDeadLetter } from '../replay/dead-letter.js';
import { readRecording } from '../replay/recording-file.js';
import { replay } from '../replay/replay.js';
import { auditReplay, type Audited } from '../replay/replay-audit.js';
import { REPLAY_RUNGS, type ReplayRung } from '../replay/replay-messages.js';
import { askDeadLetter, readDeadLetter } from '../source/dead-letters.js';
import { unreadable } from '../source/file-problem.js';
import { findSocket } from '../source/running-pool.js';
import { printableJson } from '../view/clean-text.js';
import { replayText } from '../view/replay-text.js';
import { durationArgument, folderArgument, jobArgument } from './arguments.js';
import type { CommandContext, CommandResult, RunCommand } from './command.js';
import { SOCKET_OPTION } from './control.js';

interface Options {
  readonly agents: string;
  readonly deadLetter?: string;
  readonly as?: ReplayRung;
  readonly execute?: boolean;
  readonly force?: boolean;
  readonly config?: string;
  readonly timeout?: number;
  readonly stateDir?: string;
  readonly socket?: string;
  readonly json?: boolean;
}

const LONGEST_WAIT_MS = 3_600_000;

const EXAMPLES = `
A dry run is the default: session.effect answers what was recorded, and network, writes and other
processes are refused and told. --execute runs side effects for real; it is put into the audit trail
of --state-dir, or of the pool that runs, before it begins.

Examples:
  tenantry replay incident.tar.gz --agents ./dist/agents
  tenantry replay session.json --as process --json
  tenantry replay session.json --force          with another version of the agent
  tenantry replay session.json --execute --state-dir /var/lib/voice
  tenantry replay --dead-letter 3f2a91c0 --state-dir /var/lib/voice

Exit codes: 0 reproduced, 1 not reproduced, diverged or refused, 2 wrong usage.`;

export function addReplayCommand(program: Command, run: RunCommand): void {
  program
    .command('replay')
    .summary('run a recorded session again, and compare')
    .description('Runs a recorded session again with what it was given, and compares what it does.')
    .argument('[file]', 'an incident bundle, or the JSON of a recording')
    .option('--dead-letter <id>', 'a job that has failed for good, instead of a file', jobArgument)
    .option('--agents <dir>', 'folder of the agent', folderArgument, './agents')
    .addOption(
      new Option('--as <rung>', 'where it runs (default: where it ran)').choices(REPLAY_RUNGS),
    )
    .option('--execute', 'run side effects instead of answering them; audited')
    .option('--force', 'also another version of the agent')
    .option('--config <file>', "JSON of the tenant's config, which is not recorded")
    .option('--timeout <time>', 'longest wait for a message or the end', parseTimeout)
    .option('--state-dir <dir>', "the pool's stateDir, whose audit trail says so", folderArgument)
    .option(...SOCKET_OPTION)
    .option('--json', 'print the report as one JSON document')
    .addHelpText('after', EXAMPLES)
    .action((file: string | undefined, options: Options) => {
      if ((file === undefined || file === '') === (options.deadLetter === undefined)) {
        throw new TenantryError('TENANTRY_OPTIONS_INVALID', 'name either a file or --dead-letter');
      }
      return run((context) => carryOut(file, options, context));
    });
}

async function carryOut(
  file: string | undefined,
  options: Options,
  { env, terminal, uid }: CommandContext,
): Promise<CommandResult> {
  const { stateDir = null, socket, json } = options;
  const recording = await recordingFor(file, options, env);
  const config = options.config === undefined ? null : await readConfig(options.config);
  let audited: Audited = 'nowhere';
  const report = await replay(recording, {
    agents: options.agents,
    rung: options.as ?? null,
    mode: options.execute === true ? 'execute' : 'dry-run',
    force: options.force === true,
    isPayload: file === undefined,
    config,
    waitMs: options.timeout ?? null,
    env,
    clock: systemClock,
    audit: async (act) => {
      audited = await auditReplay(act, { stateDir, socket, env, uid });
    },
  });
  const problems =
    report.verdict === 'reproduced'
      ? []
      : [{ message: `${file ?? options.deadLetter}: ${report.verdict.replace('-', ' ')}` }];
  if (json) return { output: `${printableJson({ ...report, audited })}\n`, problems };
  return { output: replayText(report, terminal), notes: report.notes, problems };
}

async function recordingFor(
  file: string | undefined,
  { deadLetter = '', stateDir, socket }: Options,
  env: NodeJS.ProcessEnv,
): Promise<SessionRecording> {
  if (file !== undefined) return readRecording(file);
  const letter =
    stateDir === undefined
      ? await askDeadLetter(await findSocket(socket, env), deadLetter)
      : await readDeadLetter(stateDir, deadLetter);
  return recordingOfDeadLetter(letter);
}

/** Its values are secrets: none is said. */
async function readConfig(file: string): Promise<Readonly<Record<string, unknown>>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw unreadable(file, cause);
  }
  try {
    const config: unknown = JSON.parse(text);
    if (typeof config === 'object' && config !== null && !Array.isArray(config)) {
      return config as Record<string, unknown>;
    }
  } catch {
    // Said below, without what stands there.
  }
  throw new TenantryError('TENANTRY_OPTIONS_INVALID', `--config ${file}: expected a JSON object`);
}

const parseTimeout = (text: string): number => durationArgument(text, LONGEST_WAIT_MS);

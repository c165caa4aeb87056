/** `tenantry deadletters`: jobs that have failed for good, looked at, tried again, dropped. */
import { Option, type Command } from 'commander';
import { TenantryError, MOST_LISTED, maskValue } from '@tenantry/core/internal';
import {
  askDeadLetter,
  askDeadLetters,
  jobFileIn,
  readDeadLetter,
  readDeadLetters,
  type DeadLetter,
} from '../source/dead-letters.js';
import { findSocket } from '../source/running-pool.js';
import { printableJson } from '../view/clean-text.js';
import { deadLetterLines, deadLetterText } from '../view/dead-letter-text.js';
import { folderArgument, jobArgument, tenantArgument, wholeArgument } from './arguments.js';
import type { CommandContext, CommandResult, RunCommand } from './command.js';
import {
  CONTROL_EXITS,
  SOCKET_OPTION,
  carryOut,
  withControlOptions,
  type ControlOptions,
} from './control.js';

interface LookOptions {
  readonly json?: boolean;
  readonly socket?: string;
  readonly stateDir?: string;
}

interface ListOptions extends LookOptions {
  readonly tenant?: string;
  readonly last: number;
}

interface ActOptions extends ControlOptions {
  readonly tenant?: string;
  readonly all?: boolean;
}

const LIST_VERSION = 1;
const USUAL_LAST = 100;

const EXAMPLES = `
Examples:
  tenantry deadletters list --tenant acme
  tenantry deadletters show 3f2a91c0
  tenantry deadletters retry 3f2a91c0
  tenantry deadletters drop --tenant acme --dry-run

Exit codes: 0 done, 1 refused, nothing found or no such pool, 2 wrong usage.`;

const LOOK_EXITS = 'Exit codes: 0 shown, 1 none found or no such pool, 2 wrong usage.';

export function addDeadLettersCommand(program: Command, run: RunCommand): void {
  const letters = program
    .command('deadletters')
    .summary('look at jobs that have failed for good, try them again, or drop them')
    .description('Jobs that have failed for good: looked at, tried again, dropped.')
    .addHelpText('after', EXAMPLES);
  withSource(letters.command('list'))
    .summary('list them, newest first')
    .description('Lists the jobs that have failed for good, newest first.')
    .option('--tenant <id>', 'of this tenant only', tenantArgument)
    .option(
      '--last <n>',
      'at most so many',
      (text) => wholeArgument(text, 1, MOST_LISTED),
      USUAL_LAST,
    )
    .addHelpText(
      'after',
      `\nExamples:\n  tenantry deadletters list\n  tenantry deadletters list --state-dir /var/lib/voice --json\n\n${LOOK_EXITS}`,
    )
    .action((options: ListOptions) => run((context) => list(options, context)));
  withSource(letters.command('show'))
    .summary('show what one was given, and how each attempt ended')
    .description(
      'Shows what a job was given, and how each of its attempts ended. Secrets are masked.',
    )
    .argument('<job>', 'its id, or the first 8 characters of it', jobArgument)
    .addHelpText('after', `\nExamples:\n  tenantry deadletters show 3f2a91c0\n\n${LOOK_EXITS}`)
    .action((job: string, options: LookOptions) => run((context) => show(job, options, context)));
  addAct(letters, run, 'retry', {
    summary: 'queue them again, with all of their attempts',
    description: 'Queues jobs again that have failed for good, with all of their attempts.',
  });
  addAct(letters, run, 'drop', {
    summary: 'forget them, for good',
    description: 'Forgets jobs that have failed for good. What they were given is gone then.',
  });
}

function withSource(command: Command): Command {
  const [flags, meaning] = SOCKET_OPTION;
  return command
    .option('--json', 'print one JSON document')
    .addOption(
      new Option('--state-dir <dir>', "read the pool's file of jobs, without the pool")
        .argParser(folderArgument)
        .conflicts('socket'),
    )
    .option(flags, meaning);
}

function addAct(
  letters: Command,
  run: RunCommand,
  action: 'retry' | 'drop',
  { summary, description }: { readonly summary: string; readonly description: string },
): void {
  const command = letters
    .command(action)
    .summary(summary)
    .description(description)
    .argument('[job]', 'its id, or the first 8 characters of it', jobArgument)
    .option('--tenant <id>', 'all of this tenant', tenantArgument)
    .option('--all', 'all of the pool');
  withControlOptions(command)
    .addHelpText(
      'after',
      `\nExamples:\n  tenantry deadletters ${action} 3f2a91c0\n  tenantry deadletters ${action} --tenant acme --dry-run\n\n${CONTROL_EXITS}`,
    )
    .action((job: string | undefined, options: ActOptions) => {
      const { tenant, all = false } = options;
      if ([job !== undefined, tenant !== undefined, all].filter(Boolean).length !== 1) {
        throw new TenantryError(
          'TENANTRY_OPTIONS_INVALID',
          `deadletters ${action}: name a job, or --tenant, or --all`,
        );
      }
      const act = { command: 'deadletters', action, job: job ?? null, tenant: tenant ?? null, all };
      return run((context) => carryOut(act as Parameters<typeof carryOut>[0], options, context));
    });
}

async function list(options: ListOptions, context: CommandContext): Promise<CommandResult> {
  const { tenant = null, last, json, stateDir, socket } = options;
  const found =
    stateDir === undefined
      ? await askDeadLetters(await findSocket(socket, context.env), tenant, last)
      : await readDeadLetters(stateDir, tenant, last);
  const jobs = maskValue(found.jobs) as typeof found.jobs;
  const problems = [
    ...(found.total === 0 ? [{ message: 'there are no dead letters' }] : []),
    ...(found.isDamaged
      ? [{ message: `${jobFileIn(stateDir!)} is damaged`, code: 'TENANTRY_STATE_DAMAGED' }]
      : []),
  ];
  if (json) {
    const document = { schemaVersion: LIST_VERSION, total: found.total, jobs };
    return { output: `${printableJson(document)}\n`, problems };
  }
  const lines = deadLetterLines(jobs, context.terminal);
  const notes =
    found.total > jobs.length
      ? [`the last ${jobs.length} of ${found.total}; --last N shows more`]
      : [];
  return { output: lines.map((line) => `${line}\n`).join(''), notes, problems };
}

async function show(
  job: string,
  { json, stateDir, socket }: LookOptions,
  { env, terminal }: CommandContext,
): Promise<CommandResult> {
  const exact =
    stateDir === undefined
      ? await askDeadLetter(await findSocket(socket, env), job)
      : await readDeadLetter(stateDir, job);
  const letter = maskValue(exact) as DeadLetter;
  const output = json ? `${printableJson(letter)}\n` : deadLetterText(letter, terminal);
  return { output, problems: [] };
}

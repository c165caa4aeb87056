/** `tenantry audit`: an audit file checked, and shown. No pool is asked. */
import type { Command } from 'commander';
import { TenantryError } from '@tenantry/core/internal';
import { verifyAuditFile } from '@tenantry/core/internal/host';
import { auditFileIn, isOfSession, readTrail, readingFile } from '../source/audit-trail.js';
import {
  brokenProblem,
  moreNotes,
  trailText,
  unreadableProblem,
  wholeText,
} from '../view/audit-text.js';
import { printableJson } from '../view/clean-text.js';
import { folderArgument, sessionArgument, tenantArgument, wholeArgument } from './arguments.js';
import type { CommandContext, CommandResult, RunCommand } from './command.js';

interface VerifyOptions {
  readonly json?: boolean;
  readonly stateDir?: string;
}

interface ShowOptions extends VerifyOptions {
  readonly tenant?: string;
  readonly session?: string;
  readonly last: number;
}

const SHOW_VERSION = 1;
const USUAL_LAST = 50;
const MOST_LAST = 100_000;

const FILES = 'FILE is an audit.jsonl; else it is that of --state-dir.';

const EXAMPLES = `
Examples:
  tenantry audit verify --state-dir /var/lib/voice
  tenantry audit show audit.jsonl --tenant acme --last 20

Exit codes: 0 done, 1 damaged or cannot be read, 2 wrong usage.`;

const VERIFY_EXAMPLES = `
${FILES}

Examples:
  tenantry audit verify --state-dir /var/lib/voice
  tenantry audit verify audit.jsonl --json

Exit codes: 0 the chain is whole, 1 it is broken or cannot be read, 2 wrong usage.`;

const SHOW_EXAMPLES = `
${FILES}

Examples:
  tenantry audit show --state-dir /var/lib/voice --tenant acme
  tenantry audit show audit.jsonl --session 3f2a91c0
  tenantry audit show audit.jsonl --last 1000 --json > acme.json

Exit codes: 0 shown, 1 no record passes, a line is no record, or it cannot be read,
2 wrong usage.`;

export function addAuditCommand(program: Command, run: RunCommand): void {
  const audit = program
    .command('audit')
    .summary("check or show a pool's audit trail")
    .description('Checks or shows the audit trail of a pool, out of its file.')
    .addHelpText('after', EXAMPLES);
  withFile(audit.command('verify'))
    .summary('check that no record was changed, removed or put in')
    .description('Checks the chain of hashes: that no record was changed, removed or put in.')
    .option('--json', 'print the verdict as one JSON document')
    .addHelpText('after', VERIFY_EXAMPLES)
    .action((named: string | undefined, options: VerifyOptions) => {
      const file = fileOf(named, options);
      return run((context) => verify(file, options, context));
    });
  withFile(audit.command('show'))
    .summary('show its records')
    .description('Shows the last records of an audit file, oldest first.')
    .option('--tenant <id>', 'records of this tenant only', tenantArgument)
    .option('--session <id>', 'records of this session only', sessionArgument)
    .option('--last <n>', 'at most so many', parseLast, USUAL_LAST)
    .option('--json', 'print the records as one JSON document')
    .addHelpText('after', SHOW_EXAMPLES)
    .action((named: string | undefined, options: ShowOptions) => {
      const file = fileOf(named, options);
      return run((context) => show(file, options, context));
    });
}

function withFile(command: Command): Command {
  return command
    .argument('[file]', 'an audit.jsonl')
    .option('--state-dir <dir>', "the pool's stateDir, which has one", folderArgument);
}

/** @throws TENANTRY_OPTIONS_INVALID */
function fileOf(named: string | undefined, { stateDir }: VerifyOptions): string {
  if (named !== undefined && named !== '' && stateDir === undefined) return named;
  if (named === undefined && stateDir !== undefined) return auditFileIn(stateDir);
  throw new TenantryError('TENANTRY_OPTIONS_INVALID', 'name either a file or --state-dir');
}

async function verify(
  file: string,
  { json }: VerifyOptions,
  { terminal }: CommandContext,
): Promise<CommandResult> {
  const verdict = await verifyAuditFile(file);
  const problems = verdict.ok ? [] : [brokenProblem(file, verdict)];
  if (json) return { output: `${printableJson({ file, ...verdict })}\n`, problems };
  return { output: verdict.ok ? wholeText(file, verdict, terminal) : '', problems };
}

async function show(
  file: string,
  { tenant, session, last, json }: ShowOptions,
  { terminal }: CommandContext,
): Promise<CommandResult> {
  const { records, passing, unreadable, firstUnreadable } = await readingFile(file, () =>
    readTrail(
      file,
      (record) =>
        (tenant === undefined || record.tenant === tenant) &&
        (session === undefined || isOfSession(record, session)),
      last,
    ),
  );
  const problems = [
    ...(firstUnreadable === null ? [] : [unreadableProblem(file, unreadable, firstUnreadable)]),
    ...(passing === 0 ? [{ message: `${file}: no record passes` }] : []),
  ];
  if (json) {
    const shown = { schemaVersion: SHOW_VERSION, file, passing, records };
    return { output: `${printableJson(shown)}\n`, problems };
  }
  return {
    output: trailText(records, terminal),
    notes: moreNotes(records.length, passing),
    problems,
  };
}

const parseLast = (text: string): number => wholeArgument(text, 1, MOST_LAST);

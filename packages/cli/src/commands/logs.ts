/** `tenantry logs`: lines of a log, of one tenant, session or agent, as they were or as they come. */
import { InvalidArgumentError, type Command } from 'commander';
import { TenantryError, delay, parseAgentName, shown, systemClock } from '@tenantry/core/internal';
import { readingFile } from '../source/audit-trail.js';
import { followedLines, linesBefore, linesOfFile, linesOfStdin } from '../source/log-lines.js';
import {
  LEVELS,
  passes,
  recordOf,
  type LevelName,
  type LogFilter,
  type LogRecord,
} from '../source/log-record.js';
import { fetchSnapshot, findSocket } from '../source/running-pool.js';
import { printableLine } from '../view/clean-text.js';
import { logLine } from '../view/log-text.js';
import { durationArgument, sessionArgument, tenantArgument } from './arguments.js';
import type { CommandContext, CommandResult, RunCommand } from './command.js';

interface LogsOptions extends Omit<LogFilter, 'sinceMs'> {
  readonly since?: number;
  readonly follow?: boolean;
  readonly json?: boolean;
  readonly socket?: string;
}

const STDIN = '-';
/** What one sees first of a log that is followed. */
const LAST_BEFORE_FOLLOWING = 10;
/** Printed at once: a write a line would be slow. */
const BATCH_RECORDS = 200;
const LONGEST_SINCE_MS = 366 * 24 * 3_600_000;
const DATE = /^\d{4}-\d\d-\d\d/;

const EXAMPLES = `
FILE is a log of JSON lines, or - for stdin; else it is the logFile of the running pool.

Examples:
  tenantry logs --tenant acme --since 10m
  tenantry logs --level warn --follow
  tenantry logs /var/log/voice.log --session 3f2a91c0
  journalctl -u voice -o cat | tenantry logs - --tenant acme --json

Exit codes: 0 shown, 1 no line passes or it cannot be read, 2 wrong usage, 130 ended by Ctrl-C.`;

export function addLogsCommand(program: Command, run: RunCommand): void {
  program
    .command('logs')
    .summary('show lines of the log: of a tenant, a session, an agent')
    .description("Shows lines of a pool's log, oldest first. Secrets in them are masked.")
    .argument('[file]', 'a log file, or - for stdin')
    .option('--tenant <id>', 'lines of this tenant only', tenantArgument)
    .option(
      '--session <id>',
      'of this session only: its id, or 8 characters of it',
      sessionArgument,
    )
    .option('--agent <name>', 'of this agent only', (name) => parseAgentName(name))
    .option('--level <level>', 'of this level and those above it', parseLevel)
    .option('--since <time>', 'not older: 10m, 2h, or 2026-11-26T03:00:00Z', parseSince)
    .option('--follow', 'go on with the lines that come, until Ctrl-C')
    .option('--json', 'print the records, one JSON document a line')
    .option('--socket <path>', "the pool's socket (default: TENANTRY_SOCKET, else the only pool)")
    .addHelpText('after', EXAMPLES)
    .action((file: string | undefined, options: LogsOptions) => {
      if (file === '') throw new TenantryError('TENANTRY_OPTIONS_INVALID', 'the file has no name');
      return run((context) => showLogs(file, options, context));
    });
}

async function showLogs(
  named: string | undefined,
  { since, follow = false, json = false, socket, ...names }: LogsOptions,
  context: CommandContext,
): Promise<CommandResult> {
  const file = named ?? (await fileOfPool(socket, context));
  const sinceMs = since ?? null;
  const page = new LogPage(context, { ...names, sinceMs }, json);
  const where = file === STDIN ? 'stdin' : file;
  await readingFile(where, () => {
    if (file === STDIN) return page.showAll(linesOfStdin());
    return follow ? showFollowed(file, sinceMs, page) : page.showAll(linesOfFile(file, sinceMs));
  });
  if (page.shownCount > 0 || follow || page.isUnread) return { output: '', problems: [] };
  return { output: '', problems: [{ message: `${where}: no line passes` }] };
}

async function showFollowed(file: string, sinceMs: number | null, page: LogPage): Promise<void> {
  await page.showAll(linesBefore(file, sinceMs));
  // Without a time, of what is there already only the end is of interest.
  if (sinceMs === null) page.keepLast(LAST_BEFORE_FOLLOWING);
  await page.showAll(followedLines(file, pause));
}

const pause = async (delayMs: number): Promise<boolean> => {
  await delay(systemClock, delayMs);
  return false;
};

/** @throws TENANTRY_LOG_NONE, and what asking a pool throws */
async function fileOfPool(socket: string | undefined, { env }: CommandContext): Promise<string> {
  const { runtime } = await fetchSnapshot(await findSocket(socket, env));
  if (runtime.logFile !== undefined) return runtime.logFile;
  throw new TenantryError(
    'TENANTRY_LOG_NONE',
    `pool ${shown(runtime.name)} has no log file: its lines are on stderr, or where a log of its ` +
      'own has them; name a file, or pipe them to tenantry logs -',
  );
}

/** Collects what passes, and prints it in pieces. */
class LogPage {
  shownCount = 0;
  /** Whether its reader is gone. */
  isUnread = false;
  readonly #context: CommandContext;
  readonly #filter: LogFilter;
  readonly #asJson: boolean;
  #mostKept = Number.POSITIVE_INFINITY;
  #kept: LogRecord[] = [];

  constructor(context: CommandContext, filter: LogFilter, asJson: boolean) {
    this.#context = context;
    this.#filter = filter;
    this.#asJson = asJson;
  }

  get isFull(): boolean {
    return this.#kept.length >= BATCH_RECORDS && this.#mostKept === Number.POSITIVE_INFINITY;
  }

  /** Until it is flushed, of what it takes only the last so many. */
  keepLast(records: number): void {
    this.#mostKept = records;
  }

  take(line: string): void {
    const record = recordOf(line);
    if (!passes(record, this.#filter)) return;
    this.#kept.push(record);
    if (this.#kept.length > this.#mostKept) this.#kept.shift();
  }

  async showAll(lines: AsyncIterable<string | null>): Promise<void> {
    for await (const line of lines) {
      if (line === null) await this.flush();
      else this.take(line);
      if (this.isFull) await this.flush();
      if (this.isUnread) return;
    }
    await this.flush();
  }

  async flush(): Promise<void> {
    const records = this.#kept;
    this.#kept = [];
    this.#mostKept = Number.POSITIVE_INFINITY;
    if (records.length === 0) return;
    this.shownCount += records.length;
    const text = records
      .map((one) =>
        this.#asJson ? `${printableLine(one.fields)}\n` : logLine(one, this.#context.terminal),
      )
      .join('');
    if (!(await this.#context.print(text))) this.isUnread = true;
  }
}

function parseLevel(text: string): LevelName {
  if (Object.hasOwn(LEVELS, text)) return text as LevelName;
  throw new InvalidArgumentError(`Expected one of ${Object.keys(LEVELS).join(', ')}.`);
}

/** Wall-clock milliseconds since 1970. */
function parseSince(text: string): number {
  if (!DATE.test(text)) return systemClock.epochMs() - durationArgument(text, LONGEST_SINCE_MS);
  const ms = Date.parse(text);
  if (!Number.isNaN(ms)) return ms;
  throw new InvalidArgumentError('Expected a time such as 10m, or 2026-11-26T03:00:00Z.');
}

/**
 * One run of the command: arguments in, data on stdout, talk on stderr, an exit code out. The only file
 * that knows of these; what the commands do is left to them.
 */
import os from 'node:os';
import process from 'node:process';
import type { CommanderError } from 'commander';
import { codeOf, maskText } from '@tenantry/core/internal';
import type { CommandResult, RunCommand } from './commands/command.js';
import { createProgram } from './commands/program.js';
import type { LiveTerminal } from './top/live-port.js';
import { liveTerminal, type KeySource, type Signals } from './screen/live-terminal.js';
import { cleanText } from './view/clean-text.js';
import { problemText, type Problem } from './view/problem-text.js';
import { terminalOf, type StreamFacts } from './view/terminal.js';

type OutputStream = NodeJS.WritableStream & StreamFacts & { readonly rows?: number | undefined };

export interface MainIo {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: NodeJS.ProcessEnv;
  /** Left out where nobody presses keys. */
  readonly stdin?: KeySource;
  /** Left out where no live screen is to be shown. */
  readonly signals?: Signals;
}

export const EXIT = { ok: 0, failed: 1, usage: 2 } as const;
/** What a shell adds to the number of the signal that ended a command. */
const EXIT_BY_SIGNAL = 128;

/** The width of help that nobody looks at on a terminal. */
const HELP_COLUMNS = 100;

/** Runs the command of `argv`, without the interpreter and script; resolves with the exit code. */
export async function main(argv: readonly string[], io: MainIo): Promise<number> {
  const terminal = terminalOf(io.stdout, io.env);
  const helpWidth = (stream: OutputStream) => (): number =>
    terminalOf(stream, io.env).columns ?? HELP_COLUMNS;
  let help = '';
  let exitCode: number = EXIT.ok;

  const run: RunCommand = async (work) => {
    const uid = process.getuid?.() ?? null;
    const context = {
      env: io.env,
      terminal,
      live: liveOf(io),
      uid,
      cwd: process.cwd(),
      signals: io.signals,
      say: async (line: string) => void (await write(io.stdout, `${cleanText(line)}\n`)),
      print: (text: string) => printed(io.stdout, text),
    };
    const result = await work(context).catch(failure);
    const { output, problems, notes = [], endedBy } = result;
    if (problems.length > 0) exitCode = EXIT.failed;
    exitCode = result.exitCode ?? exitCode;
    const unwritten = await write(io.stdout, output);
    if (unwritten !== undefined) exitCode = EXIT.failed;
    const all = unwritten === undefined ? problems : [...problems, unwritten];
    const told = notes.map((note) => `${cleanText(note)}\n`);
    await write(io.stderr, [...told, ...all.map(maskedText)].join(''));
    if (endedBy === undefined) return;
    exitCode = EXIT_BY_SIGNAL + os.constants.signals[endedBy];
    // By the signal itself, so that a parent sees it; and an exit would have Node set a terminal that
    // may be gone to its first state, which aborts the process.
    io.signals?.kill(process.pid, endedBy);
  };
  const output = {
    writeOut: (text: string) => (help += text),
    writeErr: (text: string) => (help += text),
    outputError: () => {},
    getOutHelpWidth: helpWidth(io.stdout),
    getErrHelpWidth: helpWidth(io.stderr),
  };
  const program = await createProgram(run, output, argv[0]);

  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (isAnswered(error)) {
      await run(() => Promise.resolve({ output: help, problems: [] }));
      return exitCode;
    }
    await write(io.stderr, help === '' ? maskedText(usageProblem(error)) : help);
    return EXIT.usage;
  }
  return exitCode;
}

/** A live screen needs a terminal that can do more than print lines; keys are another matter. */
function liveOf(io: MainIo): LiveTerminal | undefined {
  const { stdout, env, signals } = io;
  if (signals === undefined || stdout.isTTY !== true || env['TERM'] === 'dumb') return undefined;
  return liveTerminal({ stdin: io.stdin, stdout, signals });
}

/** Help and version that were asked for: commander throws these too. */
function isAnswered(error: unknown): boolean {
  return isCommanderError(error) && error.exitCode === 0;
}

function isCommanderError(error: unknown): error is CommanderError {
  return codeOf(error)?.startsWith('commander.') === true;
}

/** Every failure of a command: it may be the own error of an agent or of a configuration module. */
function maskedText({ message, code }: Problem): string {
  return problemText({ message: maskText(message), code });
}

/** Whatever is thrown before a command's work begins is about the arguments. */
function usageProblem(error: unknown): Problem {
  const { message } = error as Error;
  const code = isCommanderError(error) ? 'TENANTRY_OPTIONS_INVALID' : codeOf(error);
  return { message: `${message.replace(/^error: /, '')}\nSee tenantry --help`, code };
}

function failure(error: unknown): CommandResult {
  const code = codeOf(error);
  const { message, stack } = error as Error;
  // Only a bug of ours has no code; its stack is what a report of it needs.
  const problem =
    code === undefined
      ? { message: stack ?? message, code: 'TENANTRY_INTERNAL' }
      : { message, code };
  return { output: '', problems: [problem] };
}

/** Rejects with what prevented it, unless the reader is gone. */
async function printed(stream: OutputStream, text: string): Promise<boolean> {
  let isGone = false;
  const unwritten = await write(stream, text, () => (isGone = true));
  if (unwritten !== undefined) throw Object.assign(new Error(unwritten.message), unwritten);
  return !isGone;
}

/** Resolves when the text has left this process, with what prevented it unless the reader is gone. */
function write(
  stream: OutputStream,
  text: string,
  onGone: () => void = () => {},
): Promise<Problem | undefined> {
  if (text === '') return Promise.resolve(undefined);
  return new Promise((resolve) => {
    // The same error comes as an event too, which nobody else listens for.
    stream.on('error', () => {});
    stream.write(text, (error) => {
      const isGone = codeOf(error) === 'EPIPE';
      if (isGone) onGone();
      const isTold = error === null || error === undefined || isGone;
      resolve(
        isTold
          ? undefined
          : { message: `output: ${error.message}`, code: 'TENANTRY_FILE_UNWRITABLE' },
      );
    });
  });
}

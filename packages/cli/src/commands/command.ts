/** What a command is given and what it answers; doing something with the answer is left to main. */
import type { LiveTerminal } from '../top/live-port.js';
import type { Problem } from '../view/problem-text.js';
import type { Terminal } from '../view/terminal.js';

export interface CommandContext {
  readonly env: NodeJS.ProcessEnv;
  readonly terminal: Terminal;
  /** Undefined where no live screen can be shown. */
  readonly live: LiveTerminal | undefined;
  /** User id of who runs the command; null where the system has none. */
  readonly uid: number | null;
  /** Where relative paths begin. */
  readonly cwd: string;
  /** Undefined where nobody sends any. */
  readonly signals: Signals | undefined;
  /** A line on stdout at once, for a command that goes on running. */
  say(line: string): Promise<void>;
  /** Text on stdout at once, as it is; false where nobody reads it any more. */
  print(text: string): Promise<boolean>;
}

/** The process as a source of signals. */
export interface Signals {
  on(event: string, listener: () => void): unknown;
  off(event: string, listener: () => void): unknown;
}

export interface CommandResult {
  /** For stdout. */
  readonly output: string;
  /** For stderr, one sentence each; any of them makes the command fail. */
  readonly problems: readonly Problem[];
  /** For stderr, one sentence each, of what went well. */
  readonly notes?: readonly string[];
  /** The signal that asked a live screen to end. */
  readonly endedBy?: 'SIGHUP' | 'SIGTERM';
  /** Instead of 0, or of 1 where there are problems. */
  readonly exitCode?: number;
}

/** Has a command's work done and its answer written. */
export type RunCommand = (
  work: (context: CommandContext) => Promise<CommandResult>,
) => Promise<void>;

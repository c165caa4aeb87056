/** What a command is given and what it answers; doing something with the answer is left to main. */
import type { Problem } from '../view/problem-text.js';
import type { Terminal } from '../view/terminal.js';

export interface CommandContext {
  readonly env: NodeJS.ProcessEnv;
  readonly terminal: Terminal;
}

export interface CommandResult {
  /** For stdout. */
  readonly output: string;
  /** For stderr, one sentence each; any of them makes the command fail. */
  readonly problems: readonly Problem[];
}

/** Has a command's work done and its answer written. */
export type RunCommand = (
  work: (context: CommandContext) => Promise<CommandResult>,
) => Promise<void>;

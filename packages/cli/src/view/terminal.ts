/**
 * What the place a text goes to can show: its width, colour, and more than ASCII. Pure: the stream's
 * facts and the environment are handed in. What is done with it is left to the tables and `paint.ts`.
 */

export interface Terminal {
  /** The most columns a line may fill; null where no line is too long, as in a file or a pipe. */
  readonly columns: number | null;
  readonly hasColour: boolean;
  /** Whether lines and marks beyond ASCII may be drawn. */
  readonly hasUnicode: boolean;
}

/** What stands for what was cut off. */
export const dotsOf = ({ hasUnicode }: Terminal): string => (hasUnicode ? '…' : '...');

export interface StreamFacts {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** A terminal that does not tell its width is taken for one of this many columns. */
const USUAL_COLUMNS = 80;

export function terminalOf(stream: StreamFacts, env: Environment): Terminal {
  const isTerminal = stream.isTTY === true;
  return {
    columns: columnsOf(stream, env),
    hasColour: hasColour(isTerminal, env),
    hasUnicode: env['TERM'] !== 'dumb',
  };
}

/** Off a terminal only a `COLUMNS` that somebody exported limits a line. */
function columnsOf(stream: StreamFacts, env: Environment): number | null {
  if (stream.isTTY === true && stream.columns) return stream.columns;
  const columns = Number(env['COLUMNS']);
  if (Number.isInteger(columns) && columns > 0) return columns;
  return stream.isTTY === true ? USUAL_COLUMNS : null;
}

/** NO_COLOR beats FORCE_COLOR, which beats what is known of the terminal. */
function hasColour(isTerminal: boolean, env: Environment): boolean {
  if (env['NO_COLOR']) return false;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return isTerminal && env['TERM'] !== 'dumb';
}

/**
 * What every line of the log passes on its way out: secrets are masked, what is too long is cut. Where
 * the line goes then is its destination's business.
 */
import { maskLine } from '../secrets/mask-line.js';

/** PORT: where lines go, each with its end. */
export interface LogDestination {
  write(line: string): void;
}

export const LONGEST_LINE_CHARS = 32_768;
const LONGEST_FIELD_CHARS = 4_096;
/** A cut through a token might leave the half of a secret that nothing recognises. */
const LONGEST_TOKEN_CHARS = 512;

export class LogSink implements LogDestination {
  readonly #destination: LogDestination;

  constructor(destination: LogDestination) {
    this.#destination = destination;
  }

  write(line: string): void {
    const fitting = line.length > LONGEST_LINE_CHARS ? shortened(line) : line;
    this.#destination.write(maskLine(fitting));
  }
}

/** The line with its long parts cut and `truncated: true`; JSON if it was. */
function shortened(line: string): string {
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return `${cutText(line, LONGEST_FIELD_CHARS)}\n`;
  }
  const kept: Record<string, unknown> = {};
  let room = LONGEST_LINE_CHARS;
  const keep = (name: string): void => {
    const value = cutField(fields[name]);
    const chars = JSON.stringify(value).length + name.length;
    if (chars > room) return;
    room -= chars;
    kept[name] = value;
  };
  // What a reader needs of every line comes first in it, and the message last.
  if (fields['msg'] !== undefined) keep('msg');
  for (const name of Object.keys(fields)) if (name !== 'msg' && room > 0) keep(name);
  const { msg, ...others } = kept;
  return `${JSON.stringify({ ...others, truncated: true, ...(msg === undefined ? {} : { msg }) })}\n`;
}

function cutField(value: unknown): unknown {
  if (typeof value === 'string') return cutText(value, LONGEST_FIELD_CHARS);
  if (typeof value !== 'object' || value === null) return value;
  if (JSON.stringify(value).length <= LONGEST_FIELD_CHARS) return value;
  if (Array.isArray(value)) return '[too large]';
  const { type, name, message, stack, code } = value as Record<string, unknown>;
  if (typeof message !== 'string') return '[too large]';
  return {
    type: type ?? name,
    message: cutText(message, LONGEST_FIELD_CHARS),
    ...(typeof stack === 'string' ? { stack: cutText(stack, LONGEST_FIELD_CHARS) } : {}),
    code,
  };
}

/** The beginning of a text, without the word that the cut went through. */
export function cutText(text: string, mostChars: number): string {
  if (text.length <= mostChars) return text;
  const cut = text.slice(0, mostChars);
  const word = /[^\s"',;]+$/.exec(cut.slice(-LONGEST_TOKEN_CHARS))?.[0] ?? '';
  return word.length < LONGEST_TOKEN_CHARS ? cut.slice(0, cut.length - word.length) : cut;
}

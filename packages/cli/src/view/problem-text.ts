/** A failure as people read it: `tenantry: sentence (CODE)`, and what the message says further below. */
import { cleanText } from './clean-text.js';

export interface Problem {
  readonly message: string;
  /** Left out where no code of the runtime says what it is. */
  readonly code?: string | undefined;
}

export function problemText({ message, code }: Problem): string {
  const [sentence = '', ...rest] = message.split('\n').map(cleanLine);
  const first = `tenantry: ${sentence}${code === undefined ? '' : ` (${cleanText(code)})`}`;
  return `${[first, ...rest].join('\n')}\n`;
}

/** Indentation is ours and stays. */
function cleanLine(line: string): string {
  const [indent = ''] = /^ */.exec(line) ?? [];
  return indent + cleanText(line).trim();
}

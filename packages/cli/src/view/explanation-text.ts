/** Why a tenant or session is where it is, in sentences; with the records they are made of where those are wanted. */
import { formatCount } from './format.js';
import { paint } from './paint.js';
import { recordLines } from './record-table.js';
import type { Terminal } from './terminal.js';
import { wrapped } from './wrapped.js';

interface ExplanationFacts {
  readonly about: string;
  readonly name: string;
  readonly sentences: readonly string[];
  readonly records: readonly object[];
}

export function explanationText(
  { about, name, sentences, records }: ExplanationFacts,
  hasRecords: boolean,
  terminal: Terminal,
): string {
  const told = sentences.length > 0 ? sentences : [`nothing is told of ${about} "${name}"`];
  const lines = told.flatMap((sentence) => wrapped(sentence, terminal));
  if (hasRecords) {
    lines.push('', paint(`Records (${formatCount(records.length)})`, 'strong', terminal));
    if (records.length > 0) lines.push(...recordLines(records, terminal));
  }
  return `${lines.join('\n')}\n`;
}

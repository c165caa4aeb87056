/** A triage, step by step: what was found, and below each the command to type. */
import { paint, type Tone } from './paint.js';
import type { Terminal } from './terminal.js';
import { indented } from './wrapped.js';

interface TriageFacts {
  readonly category: string;
  readonly steps: readonly {
    readonly step: string;
    readonly state: 'ok' | 'look' | 'act';
    readonly found: readonly string[];
    readonly next: string | null;
  }[];
  readonly next: string | null;
}

const TONES: Readonly<Record<TriageFacts['steps'][number]['state'], Tone>> = {
  ok: 'good',
  look: 'warn',
  act: 'bad',
};

export function triageText({ steps, next }: TriageFacts, terminal: Terminal): string {
  const lines = steps.flatMap(({ step, state, found, next: command }, at) => [
    `${paint(`${at + 1}. ${step}`, 'strong', terminal)}  ${paint(state, TONES[state], terminal)}`,
    ...found.flatMap((sentence) => indented(sentence, '   ', terminal)),
    ...(command === null ? [] : [paint(`   $ ${command}`, 'accent', terminal)]),
  ]);
  lines.push('', next === null ? 'Nothing to do.' : `Next: ${paint(next, 'accent', terminal)}`);
  return `${lines.join('\n')}\n`;
}

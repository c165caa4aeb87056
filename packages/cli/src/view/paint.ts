/** Tones to terminal colours. Which text has which tone is left to the views. */
import { styleText } from 'node:util';
import type { Terminal } from './terminal.js';

export type Tone = 'plain' | 'strong' | 'faint' | 'accent' | 'good' | 'warn' | 'bad' | 'marked';

const STYLE = {
  strong: 'bold',
  faint: 'dim',
  accent: 'cyan',
  good: 'green',
  warn: 'yellow',
  bad: 'red',
  marked: 'inverse',
} as const;

export function paint(text: string, tone: Tone, { hasColour }: Terminal): string {
  if (!hasColour || tone === 'plain' || text === '') return text;
  // The decision is ours: left to itself, styleText asks the process's own stdout.
  return styleText(STYLE[tone], text, { validateStream: false });
}

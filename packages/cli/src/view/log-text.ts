/** Lines of a log for people: when, how bad, whose, what, and the rest of the fields. */
import { cleanText } from './clean-text.js';
import { paint, type Tone } from './paint.js';
import type { Terminal } from './terminal.js';

/** As much of a record as is shown. */
export interface ShownRecord {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly level: number | null;
  readonly timeMs: number | null;
}

const SHORT_ID = 8;
/** Said in the line itself, or the same in all of them. */
const SAID: ReadonlySet<string> = new Set(
  'level time pid hostname name msg kind tenant agent session rung isolate err error'.split(' '),
);
const LARGEST_MS = 8.64e15;

/** One line; an error's stack below it, indented. */
export function logLine({ fields, level, timeMs }: ShownRecord, terminal: Terminal): string {
  const { name, tone } = levelOf(level);
  const parts = [
    paint(timeText(timeMs), 'faint', terminal),
    paint(name, tone, terminal),
    paint(whoseText(fields), 'accent', terminal),
    paint(
      cleanText(plainText(fields['msg'])),
      level !== null && level >= 50 ? 'strong' : 'plain',
      terminal,
    ),
    paint(restText(fields), 'faint', terminal),
  ];
  const first = parts.filter((part) => part !== '').join(' ');
  const stack = stackLines(fields['err'] ?? fields['error']);
  return `${[first, ...stack.map((line) => paint(line, 'faint', terminal))].join('\n')}\n`;
}

function timeText(timeMs: number | null): string {
  if (timeMs === null || Math.abs(timeMs) > LARGEST_MS) return '';
  return new Date(timeMs).toISOString().replace('T', ' ').replace('Z', '');
}

function levelOf(level: number | null): { readonly name: string; readonly tone: Tone } {
  if (level === null) return { name: '', tone: 'plain' };
  if (level >= 60) return { name: 'FATAL', tone: 'bad' };
  if (level >= 50) return { name: 'ERROR', tone: 'bad' };
  if (level >= 40) return { name: 'WARN ', tone: 'warn' };
  if (level >= 30) return { name: 'INFO ', tone: 'good' };
  return { name: level >= 20 ? 'DEBUG' : 'TRACE', tone: 'faint' };
}

/** `acme/billing 3f2a91c0 process-1`. */
function whoseText({ tenant, agent, session, isolate }: ShownRecord['fields']): string {
  const who = [tenant, agent].filter((one) => typeof one === 'string').join('/');
  const id = typeof session === 'string' ? session.slice(0, SHORT_ID) : '';
  const where = typeof isolate === 'string' ? isolate : '';
  return cleanText([who, id, where].filter((one) => one !== '').join(' '));
}

function restText(fields: ShownRecord['fields']): string {
  return Object.entries(fields)
    .filter(([name]) => !SAID.has(name))
    .map(([name, value]) => cleanText(`${name}=${plainText(value)}`))
    .join(' ');
}

function stackLines(error: unknown): string[] {
  if (typeof error !== 'object' || error === null) {
    return error === undefined ? [] : [`    ${cleanText(plainText(error))}`];
  }
  const { type, name, message, stack, code, cause } = error as Record<string, unknown>;
  const title = `${plainText(type ?? name ?? 'Error')}: ${plainText(message)}`;
  const lines = typeof stack === 'string' ? stack.split('\n') : [title];
  const coded = code === undefined ? [] : [`code: ${plainText(code)}`];
  return [
    ...[...lines, ...coded].map((line) => `    ${cleanText(line).trim()}`),
    ...(cause === undefined ? [] : ['    caused by', ...stackLines(cause)]),
  ];
}

function plainText(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

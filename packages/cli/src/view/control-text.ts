/** What a pool has done, in words: its sentence, and what changed from what to what. */
import { formatMs } from './format.js';
import type { Terminal } from './terminal.js';
import { wrapped } from './wrapped.js';

type Facts = Readonly<Record<string, unknown>>;

interface DoneFacts {
  readonly isDryRun: boolean;
  readonly changed: boolean;
  readonly before: Facts;
  readonly after: Facts;
  readonly said: string;
  /** False where the audit trail did not take it. */
  readonly isAudited?: boolean;
  /** False where a restart would undo it. */
  readonly isKept?: boolean;
}

export function controlText(reply: DoneFacts, terminal: Terminal): string {
  const said = reply.isDryRun ? `dry run: ${reply.said}` : reply.said;
  const sentence = reply.changed ? said : `${said} (nothing to change)`;
  const lines = [sentence, ...changes(reply, terminal)];
  return `${lines.flatMap((line) => wrapped(line, terminal)).join('\n')}\n`;
}

/** What went along with it. */
export function controlNotes({ isAudited, isKept }: DoneFacts): string[] {
  return [
    ...(isAudited === false ? ['it is done, but the audit trail has no record of it'] : []),
    ...(isKept === false
      ? ['it is done, but the disk refused to keep it: a restart now would undo it']
      : []),
  ];
}

function changes({ changed, before, after }: DoneFacts, { hasUnicode }: Terminal): string[] {
  if (!changed) return [];
  const arrow = hasUnicode ? '→' : '->';
  return Object.keys(after)
    .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .map((name) => {
      const from = Object.hasOwn(before, name) ? `${valueText(name, before[name])} ${arrow} ` : '';
      return `${name.replace(/Ms$/, '')}: ${from}${valueText(name, after[name])}`;
    });
}

/** A field that ends with `Ms` is a time. */
function valueText(name: string, value: unknown): string {
  if (value === null || value === undefined) return 'none';
  if (typeof value === 'number' && name.endsWith('Ms')) return formatMs(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

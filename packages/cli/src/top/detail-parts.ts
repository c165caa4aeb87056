/** What detail screens are made of: facts by name, lists of blocks and of ends. */
import type { BlockRow, EndRow, Snapshot } from '@tenantry/core/snapshot';
import type { Cell } from '../view/column.js';
import { NOTHING, formatMs } from '../view/format.js';
import { lineOf } from '../view/line.js';
import { placeText, shortId, whenText, whereText } from '../view/place-text.js';
import type { Terminal } from '../view/terminal.js';
import { wrapped } from '../view/wrapped.js';

const LABEL_WIDTH = 12;
const LENGTH_WIDTH = 9;
const MOST_BLOCKS = 20;
const MOST_ENDS = 20;
/** Lines of the stack that are shown below the latest block. */
const MOST_STACK = 10;

export const heading = (text: string, terminal: Terminal): string[] => [
  lineOf([{ text, tone: 'strong' }], terminal),
];

export const paragraph = (text: string, terminal: Terminal): string[] => wrapped(text, terminal);

/** One line: what it is, and what is known of it. */
export function fact(label: string, value: string | readonly Cell[], terminal: Terminal): string {
  const cells = typeof value === 'string' ? [{ text: value, tone: 'plain' } as const] : value;
  return lineOf([{ text: label.padEnd(LABEL_WIDTH), tone: 'accent' }, ...cells], terminal);
}

export function blockLines(
  { blocks, takenAtMs }: Snapshot,
  isIts: (block: BlockRow) => boolean,
  terminal: Terminal,
): string[] {
  const its = blocks.filter(isIts).slice(0, MOST_BLOCKS);
  const lines = ['', ...heading('Recent blocks', terminal)];
  if (its.length === 0) return [...lines, ...paragraph('none', terminal)];
  for (const [at, block] of its.entries()) {
    const when = whenText(block, takenAtMs).padStart(LABEL_WIDTH - 1);
    lines.push(
      lineOf(
        [
          { text: `${when} `, tone: block.isOngoing ? 'bad' : 'plain' },
          { text: `${formatMs(block.durationMs).padStart(LENGTH_WIDTH)}  `, tone: 'warn' },
          { text: `${whereText(block)}  ${ownerOf(block, terminal)}`, tone: 'plain' },
        ],
        terminal,
      ),
    );
    if (at > 0) continue;
    for (const place of block.stack.slice(1, MOST_STACK)) {
      lines.push(
        lineOf(
          [
            {
              text: `${' '.repeat(LABEL_WIDTH + LENGTH_WIDTH + 2)}from ${placeText(place)}`,
              tone: 'faint',
            },
          ],
          terminal,
        ),
      );
    }
  }
  return lines;
}

function ownerOf({ isolate, tenant, session }: BlockRow, terminal: Terminal): string {
  const names = [
    isolate,
    tenant,
    session === null ? null : `session ${shortId(session, terminal)}`,
  ];
  return names.filter((name) => name !== null).join(', ');
}

const END_TONE = { succeeded: 'good', failed: 'bad', cancelled: 'plain' } as const;

export function endLines(title: string, ends: readonly EndRow[], terminal: Terminal): string[] {
  const lines = ['', ...heading(title, terminal)];
  if (ends.length === 0) return [...lines, ...paragraph('none', terminal)];
  for (const end of ends.slice(0, MOST_ENDS)) {
    const ago = `${formatMs(end.agoMs)} ago`.padStart(LABEL_WIDTH - 1);
    const code = end.code === null ? '' : ` ${end.code}`;
    const cost = `ran ${formatMs(end.durationMs)}, CPU ${formatMs(end.cpuMs)}, blocked ${
      end.blockedMs === null ? NOTHING : formatMs(end.blockedMs)
    }`;
    lines.push(
      lineOf(
        [
          { text: `${ago}  `, tone: 'plain' },
          { text: `${end.reason}${code}`, tone: END_TONE[end.status] },
          { text: `  ${end.session.slice(0, 8)} ${end.agent}  ${cost}`, tone: 'plain' },
        ],
        terminal,
      ),
    );
  }
  return lines;
}

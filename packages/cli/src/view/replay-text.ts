/** Pure: what came of a replay, the verdict first, then what differs and what was refused. */
import type { Cell } from './column.js';
import { lineOf } from './line.js';
import type { Tone } from './paint.js';
import type { Terminal } from './terminal.js';

export interface ShownReplay {
  readonly verdict: 'reproduced' | 'not-reproduced' | 'diverged';
  readonly divergedAt: number | null;
  readonly why: string;
  readonly differences: readonly {
    readonly path: string;
    readonly recorded: string | null;
    readonly replayed: string | null;
  }[];
  readonly mode: string;
  readonly session: string;
  readonly tenant: string;
  readonly agent: string;
  readonly rung: string;
  readonly recorded: ShownSide;
  readonly replayed: ShownSide;
  readonly effects: { readonly answered: number; readonly recorded: number };
  readonly attempts: readonly {
    readonly call: string;
    readonly target: string;
    readonly where: string | null;
    readonly count: number;
  }[];
}

interface ShownSide {
  readonly messages: number;
  readonly end: string | null;
}

const TONES: Readonly<Record<ShownReplay['verdict'], Tone>> = {
  reproduced: 'good',
  'not-reproduced': 'warn',
  diverged: 'bad',
};

/** Attempts told one by one up to here are counted exactly. */
const COUNTED_EXACTLY = 100;

export function replayText(replay: ShownReplay, terminal: Terminal): string {
  const plain = (text: string): Cell => ({ text, tone: 'plain' });
  const lines: Cell[][] = [
    [{ text: verdictText(replay), tone: TONES[replay.verdict] }, plain(`: ${replay.why}`)],
    [
      {
        text: `session ${replay.session}, tenant ${replay.tenant}, agent ${replay.agent}, on ${replay.rung}, ${modeText(replay.mode)}`,
        tone: 'faint',
      },
    ],
  ];
  for (const { path, recorded, replayed } of replay.differences) {
    lines.push([plain(`  ${path}`)]);
    lines.push([{ text: `  - recorded: ${recorded ?? 'nothing'}`, tone: 'bad' }]);
    lines.push([{ text: `  + replay:   ${replayed ?? 'nothing'}`, tone: 'good' }]);
  }
  lines.push([plain(`recorded: ${sideText(replay.recorded)}`)]);
  lines.push([plain(`replay:   ${sideText(replay.replayed)}`)]);
  const { answered, recorded } = replay.effects;
  if (recorded > 0) {
    const did = replay.mode === 'execute' ? 'run' : 'answered from the recording';
    lines.push([plain(`effects: ${answered} of ${recorded} ${did}`)]);
  }
  if (replay.attempts.length > 0) {
    lines.push([plain('refused in the dry run:')]);
    for (const { call, target, where, count } of replay.attempts) {
      const times =
        count === 1 ? '' : `, ${count}${count >= COUNTED_EXACTLY ? ' times or more' : ' times'}`;
      lines.push([plain(`  ${call} ${target}${where === null ? '' : ` at ${where}`}${times}`)]);
    }
  }
  // Whole lines: what differs may be at their ends.
  return lines.map((line) => `${lineOf(line, { ...terminal, columns: null })}\n`).join('');
}

function verdictText({ verdict, divergedAt }: ShownReplay): string {
  if (verdict === 'reproduced') return 'reproduced';
  if (verdict === 'not-reproduced') return 'not reproduced';
  return divergedAt === null ? 'diverged' : `diverged at message ${divergedAt}`;
}

function modeText(mode: string): string {
  return mode === 'execute' ? 'side effects were executed' : 'dry run';
}

function sideText({ messages, end }: ShownSide): string {
  return `${messages === 1 ? 'one message' : `${messages} messages`}, ${end ?? 'was running'}`;
}

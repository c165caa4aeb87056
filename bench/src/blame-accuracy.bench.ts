/** HEADER */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Bench, Results } from './bench.js';
import { JS_KINDS, KINDS } from './blame/blocks.js';
import {
  judge,
  medianDelayMs,
  shareOf,
  toRows,
  type BlameAnswer,
  type Line,
  type Row,
} from './blame/verdict.js';
import { toTable } from './print.js';

const BLOCKS_PER_KIND = 46;

const figure = (
  key: string,
  what: string,
  bound: Pick<Bench['targets'][number], 'atLeast' | 'atMost'>,
  unit = '',
): Bench['targets'][number] => ({
  what,
  unit,
  value: (results: Results) => results[key]!,
  ...bound,
});

export const bench: Bench = {
  about: `who blocked the loop: ${KINDS.length * BLOCKS_PER_KIND} blocks of 50 sessions`,
  targets: [
    figure('jsSeenRatio', 'JavaScript: seen', { atLeast: 0.99 }),
    figure('jsRightSessionRatio', 'JavaScript: right session', { atLeast: 0.99 }),
    figure('jsRightLineRatio', 'JavaScript: right line', { atLeast: 0.97 }),
    figure('nativeRightSessionRatio', 'native: right session', { atLeast: 0.95 }),
    figure('medianReportDelayMs', 'told after the threshold', { atMost: 60 }, 'ms'),
    figure('falseBlames', 'blamed and innocent', { atMost: 0 }),
  ],
  async run(note) {
    const { answer, lines } = await watched();
    const { judged, leftOut, falseBlames } = judge({ ...answer, lines });
    const js = judged.filter(({ kind }) => JS_KINDS.some((each) => each === kind));
    const native = judged.filter((each) => !js.includes(each));
    const head = ['kind', '', 'blocks', 'seen', 'right session', 'right line', 'median delay'];
    note(toTable(head, toRows(judged)));
    if (leftOut > 0) note(`${leftOut} blocks left out: the machine kept them from running`);
    for (const each of judged) {
      const isWhole = each.isRightSession && (each.isRightLine || native.includes(each));
      if (!isWhole) note(`missed: ${each.detail}`);
    }
    for (const row of falseBlames) note(`false: ${row}`);
    return {
      jsSeenRatio: shareOf(js, ({ isSeen }) => isSeen),
      jsRightSessionRatio: shareOf(js, ({ isRightSession }) => isRightSession),
      jsRightLineRatio: shareOf(js, ({ isRightLine }) => isRightLine),
      nativeRightSessionRatio: shareOf(native, ({ isRightSession }) => isRightSession),
      medianReportDelayMs: medianDelayMs(judged),
      falseBlames: falseBlames.length,
      blocks: judged.length,
    };
  },
};

/** Lines are read here, in a process whose loop nobody blocks, while the blocks last. */
async function watched(): Promise<{ answer: BlameAnswer; lines: Line[] }> {
  const entry = fileURLToPath(new URL('./blame-accuracy-entry.js', import.meta.url));
  const child = fork(entry, [`${BLOCKS_PER_KIND}`], {
    execArgv: ['--expose-gc'],
    env: { ...process.env, TENANTRY_LOG_LEVEL: 'info' },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'advanced',
  });
  const lines: Line[] = [];
  const reader = createInterface({ input: child.stderr! });
  reader.on('line', (text) => {
    const readAtMs = Date.now();
    if (!text.startsWith('{')) {
      console.error(text);
      return;
    }
    const said = JSON.parse(text) as Row & { readonly kind?: string };
    if (said.kind === 'loop.blocked') lines.push({ ...said, readAtMs });
  });
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`the watched process ended with code ${String(code)}`);
  });
  const [answer] = (await Promise.race([once(child, 'message'), failed])) as [BlameAnswer];
  failed.catch(() => {});
  return { answer, lines };
}

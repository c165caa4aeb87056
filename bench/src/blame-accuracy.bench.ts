/**
 * Whether the runtime names who blocked the loop, and the line. A child process runs 50 sessions that
 * talk; 322 times one of them holds the loop for 60 to 400 ms, in one of seven ways, in a message's
 * handler, a timer or a microtask, after a rest or at once, a quarter of the time two or three in one
 * phase of timers. In between the collector stops the loop, in turns of the host's and of sessions.
 *
 * What is true is kept by the agents that block: start, end, and what the kernel kept them waiting
 * (a block that held the loop for less than 58 ms of its length is left out). It is held against the
 * final row of `loop.blocked` that covers most of it: `seen` wants half of the block covered, `line` a
 * line between the marks around the block's source. A false blame is any row, ongoing or final, of a
 * session that did not block within 25 ms of it. The delay is taken in the parent, whose loop is
 * free: from 50 ms after the block's start until the first line of the child's log that tells of it
 * has been read; of a block that is told only afterwards, until then. The median counts all kinds.
 *
 * To reach: JavaScript seen and right session 0.99, right line 0.97; native right session 0.95; told
 * within 60 ms; no false blame. Measured on 2026-11-24, two cores shared with other work, one run each:
 *
 *                     load  seen  session  line   native session  delay    false
 *   Node 20.20.2      1-2   1     1        0.995  1               23 ms    0
 *   Node 24.21.0      2-2.4 1     1        0.989  1               11 ms    0
 *
 * All reached. JavaScript is told of 2 to 6 ms after the threshold. A native call is told of late, 230 to
 * 550 ms (median of each kind): it may be a collection, and the host of this bench has a heap of
 * 140 MB and more, for which the runtime waits two milliseconds a megabyte; and a call that has
 * ended meanwhile is told of at its end. `JSON.parse` has no line, for the same reason: nothing answers
 * before it has returned. Lines that are missed are of storms of microtasks, where a look seldom finds
 * a frame, and of looks that came late.
 */
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

/** The offender's clients: they come again and again, whatever became of the calls before. */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Contender } from './contenders/contender.js';
import { COMES_EVERY_MS, type Kind } from './plan.js';

/** Never resolves: it goes on until the process ends. */
export async function offendForEver(contender: Contender, kind: Kind): Promise<never> {
  const everyMs = COMES_EVERY_MS[kind];
  if (everyMs === 'at once') {
    for (;;) {
      await contender.offend();
      // A client of a network comes in a turn of its own, also after a refusal.
      await nextTurn();
    }
  }
  let dueMs = performance.now();
  for (;;) {
    const nowMs = performance.now();
    for (; dueMs <= nowMs; dueMs += everyMs) void contender.offend();
    await sleep(Math.max(1, dueMs - performance.now()));
  }
}

/** Runs one order in a process of its own, and does not wait for one that is gone or stands still. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Measured } from './measure.js';
import { LAST_ANSWERS_MS, longestDuringMs, type Order } from './plan.js';
import { GONE } from './verdict.js';

/** For the start of the process and of what it starts, over the time of the run itself. */
const START_MS = 6_000;

export async function inOwnProcess(order: Order): Promise<Measured> {
  const entry = fileURLToPath(new URL('../noisy-neighbour-entry.js', import.meta.url));
  const child = fork(entry, [JSON.stringify(order)], {
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const { warmUpMs, baselineMs, afterMs } = order.times;
  const longestMs = warmUpMs + baselineMs + longestDuringMs(order) + afterMs + LAST_ANSWERS_MS;
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), longestMs + START_MS);
  const gone = (why: string): Measured => ({ figures: GONE, failures: [why] });
  try {
    const { signal } = limit;
    return await Promise.race([
      once(child, 'message', { signal }).then(([measured]) => measured as Measured),
      once(child, 'exit', { signal }).then(([code, by]) =>
        gone(`the process ended with ${String(by ?? code)}`),
      ),
    ]);
  } catch {
    return gone('the process stood still and was ended');
  } finally {
    clearTimeout(timer);
    limit.abort();
    child.kill('SIGKILL');
  }
}

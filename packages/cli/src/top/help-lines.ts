/** The help screen: keys, columns, and what the marks mean. */
import { shareMark } from '../view/cost-cells.js';
import { lineOf } from '../view/line.js';
import type { Terminal } from '../view/terminal.js';

export function helpLines(terminal: Terminal): string[] {
  const mark = shareMark(terminal);
  const down = terminal.hasUnicode ? '→' : '>';
  const text: readonly (readonly [string, string])[] = [
    ['Keys', ''],
    ['q, Ctrl-C', 'quit'],
    ['1 2 3, Tab', 'sessions, tenants, isolates'],
    ['s', 'next sort: CPU, memory, blocked, duration, agent, session'],
    ['f', 'next status: active, slow, draining, errored, idle, all'],
    ['t', 'only the tenant of the marked row; again: all tenants'],
    ['/', 'search in the names; Enter keeps it, Esc takes it back'],
    ['Esc', 'in the table: no filters; elsewhere: back'],
    ['up down, k j', 'move the mark; n p, PgDn PgUp: pages; g G: ends'],
    ['Enter', 'all of the marked row; in a tenant: its sessions'],
    ['r, Ctrl-L', 'ask and draw again'],
    ['Ctrl-Z', 'stop; fg continues'],
    ['', ''],
    ['Figures', ''],
    [`${mark} in MEM`, 'an equal share of what was measured; cannot rank sessions'],
    ['MEM, peak', 'K, M, G are KiB, MiB, GiB; peak is the highest share seen'],
    ['~ isolates', 'as last reported: the isolate is stale or lost'],
    ['CPU%', 'of one core over the last second; a full bar is a core'],
    ['dur(s)', 'seconds since the session started'],
    ['blocked', 'time it held its loop; red: within the last 5 s'],
    ['lag', 'latest that the loop was in the last second'],
    ['slow', 'has blocked its loop within 5 s'],
    ['idle', 'no message for 10 s'],
    ['errored', 'has failed within 5 s, and runs no more'],
    ['rung', `with the time left; (hand), (pin): by hand; a${down}b: tried again on b`],
    ['breaker', 'where it is not closed, with the time to the next probe'],
    ['score', 'weight of its offences / the weight that moves it'],
    ['(...)', 'only counted and told: nothing is enforced'],
    ['waiting', 'requests that wait for a permit'],
    ['unattributed', 'what belongs to no session: host code, runtime, V8'],
    ['-', 'not measured, or none'],
  ];
  return text.map(([label, meaning]) =>
    lineOf(
      meaning === ''
        ? [{ text: label, tone: 'strong' }]
        : [
            { text: ` ${label}`.padEnd(15), tone: 'accent' },
            { text: meaning, tone: 'plain' },
          ],
      terminal,
    ),
  );
}

/**
 * What healthy calls notice of a tenant that offends beside them, and how fast it is confined. 50 calls of
 * five tenants on the shared loop; each client sends a frame of real speech every 20 ms and is answered by
 * WebRTC's voice-activity detector. The latency of a frame runs from when it was due, by a clock, to its
 * answer, so a loop that stands still hides nothing; frames are due evenly spread, the clients are on the
 * same loop. After 1.5 s of warm-up and 4 s of baseline one more tenant begins to offend and goes on until
 * the end of the run, 5 s after it was confined. One kind a run, each run in a process of its own:
 *
 *   kind     a call of the offender                        its first offence       confined at
 *   block    holds its loop for 200 ms; one a second       before the block        tenant.escalated
 *   loop     never returns, in a child; one a second       before the loop         isolate.ended
 *   heap     keeps 40 MB of objects in 1 s; one a second   before the first MB     tenant.escalated
 *   buffers  the same, of Buffers                          before the first MB     tenant.escalated
 *   crash    throws; the next as soon as it has ended      before the first throw  breaker.opened
 *   flood    sends for 1 s, each send awaited and read     before the first send   tenant.escalated
 *   opens    returns at once; 1,000 a second               in the first session    first refusal by rate limit
 *
 * Events are taken as an observer is told them. p99 is by nearest rank over all frames that were due
 * before the first offence, from there until confined, and from then on. A healthy call fails when it
 * ends, is refused, or is left with a frame that nobody answered. Options are defaults but: everything
 * enforces, `spareIsolates: 1`, `unresponsiveMs: 1,000`, and for the offender `memoryLimitMb: 256` and,
 * with `opens`, 20 sessions a second. Where it never happened, a figure is null.
 *
 * Peers, beside the same offender, 3 s from its begin and 5 s after: the same pool that only observes;
 * plain Piscina, a task for each frame and each call of the offender, its default number of threads, all
 * started before; a bare loop that calls functions, catches what they throw, and has a turn after each
 * 64 messages of a flood. Of up to three runs, until one has a baseline of at most 5 ms, the one with the
 * lowest baseline counts: what else the machine does shows before the offender is there.
 *
 * To reach: confined within 3 s; p99 after at most 1.2 times the baseline, or 2 ms more; no healthy call
 * fails.
 * Measured on 2026-11-26, Node 20.20.2, two cores that others used as well (load 4 to 6, 9 with
 * heap), one run, p99 in ms before, during, after; "gone": no frame was answered any more, or the process
 * was stuck:
 *
 *            ours              confined  observing only    Piscina           bare loop
 *   block    4.2   201   12    2.2 s     2.9   204   195   28    86    11    11    201   368
 *   loop     4.4   46    16    1.0 s     4.5   19    33    7.1   gone  gone  gone
 *   heap     12    424   122   not       18    305   483   18    188   116   2.7   322   61
 *   buffers  1.6   5.2   5.1   6.0 s     4.7   4.1   35    6.4   34    40    2.4   5.3   6.4
 *   crash    1.6   3.6   25    8 ms      1.7   19    35    21    69    253   1.2   2.3   1.1
 *   flood    4.6   1049  16    6.4 s     9.5   1159  1080  10    60    70    1.6   28    3.2
 *   opens    4.0   4.0   57    21 ms     37    581   158   7.3   34    28    2.7   2.0   4.4
 *
 * Of healthy calls none failed with us; all 50 did beside a loop with Piscina and on the bare loop.
 *
 * Reached: confined within 3 s with block, loop, crash and opens; no healthy call fails. Missed: heap is
 * not confined within the 8 s that are waited for (with 57 MB a second and a load of 5 after 7.7 s),
 * buffers and flood after 6 to 8 s, buffers once not within 8 s; and p99 after, in
 * this run with every kind. Much of the latter is what the machine does beside: in other runs it was 11
 * and 79 after block, 7.3 and 11 after loop, 2.4 and 46 after crash, 3.2 and 16 after opens. By design:
 * - growth gets 2 points a second and flood 1.5 of the 5 that are needed, and the growth has to be seen
 *   first: 3.5 to 5 s at best. With 4 points a second for both, one run each: buffers 3.4 s, heap
 *   (57 MB a second) 12.6 s, flood never.
 * - a tenant's allocation is sampled, and reads 0 for a second or more at times; no points then.
 * - a flood is no block: sender and reader take turns in microtasks, each turn is short, the loop turns
 *   only when the call ends. It counts as CPU, of which it needs half a core; with other work beside it
 *   has 0.45 to 0.55. The bare loop is spared because it has a turn after each 64 messages.
 * - an isolate that loops takes a core for the second until it is ended, and so does each one after it.
 * - what was kept until then stays in the process after heap, and full collections walk it.
 */
import { writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { resolve } from 'node:path';
import process from 'node:process';
import type { Bench, Results, Target } from './bench.js';
import { drawChart, type Row } from './noisy/chart.js';
import type { Measured } from './noisy/measure.js';
import {
  CONTENDERS,
  KINDS,
  TIMES,
  type ContenderName,
  type Kind,
  type Order,
} from './noisy/plan.js';
import { inOwnProcess } from './noisy/run.js';
import type { Figures } from './noisy/verdict.js';

const MOST_RUNS = 3;
const QUIET_MS = 5;

const PEER_KEYS: Readonly<Record<ContenderName, string>> = {
  ours: '',
  noEscalation: 'PeerNoEscalation',
  piscina: 'PeerPiscina',
  bare: 'PeerBare',
};

export const bench: Bench = {
  about: `what 50 calls notice of a tenant that offends beside them: ${KINDS.join(', ')}`,
  kinds: KINDS,
  targets: KINDS.flatMap(targetsOf),
  async run(note, { kinds = KINDS, chart }) {
    const results: Record<string, number> = {};
    const rows: Row[] = [];
    for (const kind of KINDS.filter((each) => kinds.includes(each))) {
      for (const contender of CONTENDERS) {
        const { figures, failures } = await quietest({ kind, contender, times: TIMES });
        Object.assign(results, toResults(kind, contender, figures));
        rows.push({ kind, contender, figures });
        for (const failure of failures) note(`${kind}, ${contender}: ${failure}`);
      }
    }
    if (chart !== undefined) await writeFile(resolve(chart), drawChart(rows, machine()));
    return results;
  },
};

/** At the end of a run; the load is the average of the last five minutes, the bench's own included. */
function machine(): string {
  const [, load] = loadavg();
  return `Node ${process.version}, ${availableParallelism()} cores, load ${load!.toFixed(1)}`;
}

/**
 * What else the machine does shows in the baseline, before the offender is there: of so many runs the
 * one with the lowest baseline counts, and one that is low enough is not repeated.
 */
async function quietest(order: Order): Promise<Measured> {
  let best = await inOwnProcess(order);
  for (let runs = 1; runs < MOST_RUNS && best.figures.p99BaselineMs > QUIET_MS; runs += 1) {
    const next = await inOwnProcess(order);
    if (next.figures.p99BaselineMs < best.figures.p99BaselineMs) best = next;
  }
  return best;
}

function targetsOf(kind: Kind): Target[] {
  return [
    {
      what: `${kind}: from the first offence to confined`,
      unit: 'ms',
      value: (results) => results[`${kind}MsFirstOffenceToConfined`],
      atMost: 3_000,
    },
    {
      what: `${kind}: p99 afterwards, of what is allowed`,
      unit: '',
      value: (results) => partOfAllowed(results, kind),
      atMost: 1,
    },
    {
      what: `${kind}: healthy calls that failed`,
      unit: '',
      value: (results) => results[`${kind}HealthyFailures`],
      atMost: 0,
    },
  ];
}

/** Allowed is a fifth more than before, or 2 ms more where that is less than the loop's own noise. */
function partOfAllowed(results: Results, kind: Kind): number | undefined {
  const afterMs = results[`${kind}P99AfterMs`];
  const baselineMs = results[`${kind}P99BaselineMs`];
  if (afterMs === undefined || baselineMs === undefined) return undefined;
  return afterMs / Math.max(1.2 * baselineMs, baselineMs + 2);
}

function toResults(kind: Kind, contender: ContenderName, figures: Figures): Results {
  const key = `${kind}${PEER_KEYS[contender]}`;
  const { p99BaselineMs, p99DuringMs, p99AfterMs, healthyFailures } = figures;
  const results = {
    [`${key}P99BaselineMs`]: p99BaselineMs,
    [`${key}P99DuringMs`]: p99DuringMs,
    [`${key}P99AfterMs`]: p99AfterMs,
    [`${key}HealthyFailures`]: healthyFailures,
  };
  if (contender !== 'ours') return results;
  return { ...results, [`${key}MsFirstOffenceToConfined`]: figures.msFirstOffenceToConfined };
}

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
 * Measured on 2026-11-26, Node 20.20.2, two cores with nothing else to do, p99 in ms before, during,
 * after; "gone": no frame was answered any more, or the process was stuck. One run of all kinds, but for
 * heap, buffers and flood of ours, which are of a later run:
 *
 *            ours              confined  observing only    Piscina           bare loop
 *   block    1.4   198   2.8   2.2 s     1.4   197   193   1.8   4.7   7.2   1.1   193   191
 *   loop     1.6   7.0   3.6   1.0 s     1.4   11    1.6   1.8   gone  gone  gone
 *   heap     1.4   14    6.3   2.5 s     1.4   12    10    2.4   12    12    1.1   12    14
 *   buffers  1.4   3.9   11    2.5 s     1.4   2.9   3.3   2.2   3.3   4.6   1.1   2.4   2.1
 *   crash    1.4   2.8   1.6   6 ms      1.3   6.1   6.3   2.2   5.9   6.1   1.1   1.0   0.9
 *   flood    1.4   3.9   3.1   2.9 s     1.4   1.8   1.7   2.0   67    55    1.1   1.0   0.9
 *   opens    1.4   2.4   2.8   21 ms     1.4   3.3   2.7   2.0   6.2   3.7   1.1   1.1   1.1
 *
 * Of healthy calls none failed with us; all 50 did beside a loop with Piscina and on the bare loop.
 *
 * Reached: confined within 3 s and no healthy call fails, with every kind; p99 after with block, loop,
 * crash, flood and opens. Missed: p99 after heap and buffers, where 3.4 ms are allowed. The tenant's calls
 * go to a child of its own then, which is booted, grows and is ended for its memory on the same two
 * cores, and what was kept until then stays in the process and is walked by full collections. With other
 * work on the machine (load 4 to 6) every kind misses p99 after, by two to ten times.
 *
 * What made the difference, each measured with the rest as it is: with one turn in 61 measured for its
 * allocation, whoever it is of, a tenant of 20 turns a second beside 50 calls read 0 for seconds, and
 * growth was confined after 6 to 8 s or never; now each session has one turn in 45 ms measured. With no
 * turn of the loop between messages a flood held it for a second (p99 1,049 ms) and was told by nobody
 * (`channel/fair-turn.ts`); with one for senders only, p99 after was 9 to 10 ms, as the tenant's thread
 * fills the queue of a reader on the shared loop.
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

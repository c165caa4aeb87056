/**
 * Request → reply round trips a second through an echo, 200-byte objects, 64 under way, and the time
 * of one round trip when it is alone. Every peer has one echoing side and is counted by replies; ours
 * is one session, whose client awaits every send.
 *
 * To reach: coroutine 400,000 a second; thread 0.8 times a raw MessagePort and 3 times comlink and
 * piscina.run in the best of three settings; process 2 times raw `process.send`, advanced.
 * Measured on 2026-11-22, Node 20.20.2, two cores shared with other work, eight runs:
 *
 *   thread 78,000 to 257,000: 0.86 to 1.3 times MessagePort, 3.4 to 6.4 times comlink, 2.3 to 5.2 times
 *   piscina.run (below 3 once); process 31,000 to 142,000: 2.1 to 2.4 times process.send in six runs.
 *   Missed: process 1.0 and 1.5 times in the two runs with a load above five on the two cores. It gains
 *   by both sides working at once, for which there is presumably no core left then; not profiled.
 *   Missed: coroutine 146,000 to 389,000. One round in ten, when nothing else runs, passes 430,000.
 *   On 2026-11-26, where the loop turns after each 256 messages: 208,000 and 185,000 coroutine, 1.6 and
 *   1.7 times MessagePort in the same runs; that alone costs 3 to 20 % a CPU-second, three pairs of runs.
 *
 * Where a coroutine's 3 µs go, by leaving parts out: the two copies of a message 45 %, the promise
 * hooks of AsyncLocalStorage on Node 20 37 % (they are gone from Node 24 on), the clock 8 %. Two other
 * ways to copy were tried. A spread inside the walk: 0.88 to 0.96 times the round trips. A spread of
 * flat messages before it: 1.15 to 1.4 times alone in a process and no difference in this bench; it
 * reads a getter twice, which a clone does not, so it is not used.
 * One at a time a thread takes 65 to 116 µs (MessagePort 27 to 77) and a process 81 to 159
 * (process.send 49 to 125): a round trip alone pays for promises and frames that 64 share.
 */
import type { Bench, Results } from './bench.js';
import { RATE_ROUNDS, measureRates } from './harness.js';
import { comlinkPeer } from './peers/comlink.js';
import type { EchoPeer } from './peers/echo-peer.js';
import { ipcPeer } from './peers/ipc.js';
import { messagePortPeer } from './peers/message-port.js';
import { ONE_WORKER, best, piscinaPeer } from './peers/piscina.js';
import { tenantryPeer } from './peers/tenantry-echo.js';
import { startedPool } from './tenantry.js';

const WIDTH = 64;
const US_PER_S = 1_000_000;
const NAMES = ['coroutine', 'thread', 'process', 'rawMessagePort', 'rawIpcAdvanced', 'comlink'];

const ratio =
  (figure: string, peer: string) =>
  (results: Results): number =>
    results[figure]! / results[peer]!;

export const bench: Bench = {
  about: 'message round trips: 200-byte objects through an echo, 64 under way and one at a time',
  targets: [
    {
      what: 'coroutine',
      unit: '/s',
      value: (results) => results['coroutinePerS']!,
      atLeast: 400_000,
    },
    {
      what: 'thread ÷ raw MessagePort',
      unit: '×',
      value: ratio('threadPerS', 'rawMessagePortPerS'),
      atLeast: 0.8,
    },
    {
      what: 'thread ÷ piscina.run',
      unit: '×',
      value: ratio('threadPerS', 'piscinaRunPerS'),
      atLeast: 3,
    },
    {
      what: 'thread ÷ comlink call',
      unit: '×',
      value: ratio('threadPerS', 'comlinkPerS'),
      atLeast: 3,
    },
    {
      what: 'process ÷ raw process.send, advanced',
      unit: '×',
      value: ratio('processPerS', 'rawIpcAdvancedPerS'),
      atLeast: 2,
    },
  ],
  async run(note) {
    const pool = await startedPool({
      tenants: {
        thread: { isolation: 'process', isolate: 'worker_threads' },
        process: { isolation: 'process', isolate: 'child_process' },
      },
    });
    const peers: EchoPeer[] = [
      await tenantryPeer(pool, 'coroutine'),
      await tenantryPeer(pool, 'thread'),
      await tenantryPeer(pool, 'process'),
      messagePortPeer(),
      ipcPeer(),
      ...ONE_WORKER.map(piscinaPeer),
      await comlinkPeer(),
    ];
    const rates = await rounds(peers, WIDTH);
    const alone = await rounds(peers, 1);
    for (const peer of peers) await peer.close();
    await pool.close();
    const piscina = best(rates, ONE_WORKER);
    const piscinaAlone = best(alone, ONE_WORKER);
    note(`piscina.run, 64 under way: ${piscina.name}; one at a time: ${piscinaAlone.name}`);
    return {
      ...figures('PerS', NAMES, (name) => rates.get(name)!),
      piscinaRunPerS: piscina.perSecond,
      ...figures('RttUs', NAMES, (name) => US_PER_S / alone.get(name)!),
      piscinaRunRttUs: US_PER_S / piscinaAlone.perSecond,
    };
  },
};

function rounds(peers: readonly EchoPeer[], width: number): Promise<Map<string, number>> {
  return measureRates(
    peers.map(({ name, exchange }) => ({ name, run: (count) => exchange(count, width) })),
    RATE_ROUNDS,
  );
}

function figures(
  suffix: string,
  names: readonly string[],
  valueOf: (name: string) => number,
): Record<string, number> {
  return Object.fromEntries(names.map((name) => [`${name}${suffix}`, valueOf(name)]));
}

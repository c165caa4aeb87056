/**
 * Request → reply round trips a second through an echo, 200-byte objects, 64 under way, and the time
 * of one round trip when it is alone. Every peer has one echoing side and is counted by replies.
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

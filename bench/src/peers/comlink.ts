/** comlink over a worker: one proxied call a message. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { wrap } from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { inFlight } from '../harness.js';
import { MESSAGE, type EchoPeer } from './echo-peer.js';

interface Echo {
  echo(message: unknown): unknown;
}

export async function comlinkPeer(): Promise<EchoPeer> {
  const worker = new Worker(new URL('./comlink-entry.js', import.meta.url));
  await once(worker, 'online');
  // 128 calls under way are 128 listeners: comlink adds one for each.
  worker.setMaxListeners(0);
  const remote = wrap<Echo>(nodeEndpoint(worker));
  return {
    name: 'comlink',
    exchange: (count, width) => inFlight(count, width, () => remote.echo(MESSAGE)),
    close: async () => void (await worker.terminate()),
  };
}

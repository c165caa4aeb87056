/** A bare worker that echoes over a MessagePort of its own: the most a thread can do. */
import { MessageChannel, Worker } from 'node:worker_threads';
import { Exchange, type EchoPeer } from './echo-peer.js';

export function messagePortPeer(): EchoPeer {
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(new URL('./message-port-entry.js', import.meta.url), {
    workerData: port2,
    transferList: [port2],
  });
  const exchange = new Exchange((message) => port1.postMessage(message));
  port1.on('message', exchange.replied);
  return {
    name: 'rawMessagePort',
    exchange: (count, width) => exchange.run(count, width),
    close: async () => {
      port1.close();
      await worker.terminate();
    },
  };
}

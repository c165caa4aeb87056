/** A forked child that echoes over `process.send`: what a service with child processes starts from. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Exchange, type EchoPeer } from './echo-peer.js';

export function ipcPeer(): EchoPeer {
  const entry = fileURLToPath(new URL('./ipc-entry.js', import.meta.url));
  const child = fork(entry, [], { serialization: 'advanced' });
  const exchange = new Exchange((message) => child.send(message as object));
  child.on('message', exchange.replied);
  return {
    name: 'rawIpcAdvanced',
    exchange: (count, width) => exchange.run(count, width),
    close: async () => {
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
}

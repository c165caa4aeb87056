/** Counts what the service's own process holds, from within: it stays on the shared loop. */
import process from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { defineAgent } from '@tenantry/core';
import type { Held } from '../gauges.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

export default defineAgent({
  name: 'probe',
  async run(session) {
    for await (const message of session.messages) {
      // A full collection: what is left afterwards is what is held.
      if (message === 'collected') collect();
      await session.send(heldNow() as never);
    }
  },
});

function heldNow(): Held {
  const handles: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) handles[kind] = (handles[kind] ?? 0) + 1;
  const listeners = process
    .eventNames()
    .reduce((sum, event) => sum + process.listenerCount(event), 0);
  const { heapUsed, external } = process.memoryUsage();
  return { handles, listeners, heapUsedBytes: heapUsed, externalBytes: external };
}

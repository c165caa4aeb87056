/** Does what its messages say: holds its loop until a file appears, or for so long; warns, with a secret. */
import { existsSync } from 'node:fs';
import { defineAgent } from '@tenantry/core';
import { cpuBudget } from '../support/cpu-time.js';

interface Order {
  readonly untilFile?: string;
  readonly blockMs?: number;
  readonly warn?: Readonly<Record<string, unknown>>;
}

function holdsTheLoop({ untilFile, blockMs = 0 }: Order): void {
  let isThere = untilFile === undefined;
  while (!isThere) isThere = existsSync(untilFile!);
  const leftMs = cpuBudget(blockMs);
  while (leftMs() > 0);
}

export default defineAgent({
  name: 'misbehaves',
  async run(session) {
    for await (const message of session.messages) {
      const order = message as Order;
      if (order.warn !== undefined) session.log.warn(order.warn, `said ${JSON.stringify(order)}`);
      holdsTheLoop(order);
      await session.send('done');
    }
  },
});

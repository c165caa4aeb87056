/** Says it is ready, then allocates without end, a little in every turn, and keeps the latest of it. */
import { defineAgent } from '@tenantry/core';

const KEPT = 20_000;

function allocateHere(kept: object[]): void {
  for (let made = 0; made < 1_000; made += 1) kept.push({ made, text: `allocated ${made}` });
  if (kept.length > KEPT) kept.splice(0, kept.length - KEPT);
}

export default defineAgent({
  name: 'allocates',
  async run(session) {
    await session.messages.next();
    const kept: object[] = [];
    while (!session.signal.aborted) {
      allocateHere(kept);
      await new Promise((resolve) => setImmediate(resolve));
    }
  },
});

/** Says it is ready, then allocates without end, a little in every turn, and keeps the latest of it. */
import process from 'node:process';
import { setInterval } from 'node:timers/promises';
import { defineAgent } from '@tenantry/core';

const KEPT = 20_000;
const kept: object[] = [];

function allocateHere(): void {
  for (let made = 0; made < 1_000; made += 1) kept.push({ made, text: `allocated ${made}` });
  if (kept.length > KEPT) kept.splice(0, kept.length - KEPT);
}

export default defineAgent({
  name: 'allocates',
  async run(session) {
    await session.messages.next();
    const { signal } = session;
    // Called by Node: what is compiled into its caller has no name in a heap profile.
    for await (const _tick of setInterval(1, undefined, { signal })) process.nextTick(allocateHere);
  },
});

/** Sends every message back, checkpoints after each, and can be moved alive. */
import { defineAgent } from '@tenantry/core';

export default defineAgent({
  name: 'carries',
  async run(session) {
    let count = (session.resumed?.state as number | undefined) ?? 0;
    await session.checkpoint(count);
    for await (const message of session.messages) {
      count += 1;
      await session.send([message, count]);
      await session.checkpoint(count);
    }
    return count;
  },
});

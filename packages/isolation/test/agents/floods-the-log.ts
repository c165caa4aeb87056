/** When told to, logs so many lines as fast as it can, then completes. */
import { defineAgent } from '@tenantry/core';

export default defineAgent({
  name: 'floods-the-log',
  async run(session) {
    await session.messages.next();
    for (let line = 0; line < (session.input as number); line += 1) {
      session.log.info({ line }, 'flood of lines');
    }
  },
});

/** Answers its first message and never gives its loop back. */
import { defineAgent } from '@tenantry/core';

export default defineAgent({
  name: 'spin',
  async run(session) {
    for await (const message of session.messages) {
      await session.send(message);
      // What was sent leaves with the end of this turn; the loop stands still from the next one on.
      await new Promise((resolve) => setImmediate(resolve));
      for (;;);
    }
  },
});

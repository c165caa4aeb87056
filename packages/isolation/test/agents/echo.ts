/** Sends back what it receives; completes with how much that was. */
import { defineAgent } from '@tenantry/core';

export default defineAgent({
  name: 'echo',
  async run(session) {
    for await (const message of session.messages) await session.send(message);
    return { turns: session.messageCount };
  },
});

/** Sends every message back. */
import { defineAgent } from '@tenantry/core';

export default defineAgent({
  name: 'echo',
  async run(session) {
    for await (const message of session.messages) await session.send(message);
  },
});

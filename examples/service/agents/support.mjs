/** Answers each message. */
import { defineAgent } from '@tenantry/core';

export default defineAgent({
  name: 'support',
  async run(session) {
    for await (const { text } of session.messages) {
      await session.send({ text: `${session.tenant} said ${text}` });
    }
    return { turns: session.messageCount };
  },
});

/** Answers each message; a text of many words is scanned by an expression that backtracks, and holds its loop. */
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

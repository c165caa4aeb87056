/** Throws out of its listener. */
import { defineAgent } from '@tenantry/core';

export default defineAgent({
  name: 'chokes-on-notices',
  async run(session) {
    session.onNotice(({ reason }) => {
      throw new Error(`choked on ${reason}`);
    });
    for await (const _message of session.messages);
  },
});

/** Listens to notices when it is told to, and tells what it hears. */
import { defineAgent } from '@tenantry/core';

export default defineAgent({
  name: 'listens-late',
  async run(session) {
    for await (const message of session.messages) {
      if (message === 'listen') session.onNotice((notice) => void session.send(notice));
      else await session.send(message);
    }
  },
});

/** Ends its process with the exit code it is given. */
import process from 'node:process';
import { defineAgent } from '@tenantry/core';

export default defineAgent({
  name: 'exits',
  async run(session) {
    await session.messages.next();
    process.exit(session.input as number);
  },
});

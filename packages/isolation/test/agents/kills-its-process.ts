/** Sends its own process a signal. */
import process from 'node:process';
import { defineAgent } from '@tenantry/core';

export default defineAgent({
  name: 'kills-its-process',
  async run(session) {
    await session.messages.next();
    process.kill(process.pid, session.input as NodeJS.Signals);
    await new Promise(() => {});
  },
});

/** Keeps checkpoints, and hears of its abort with a listener that throws, or says goodbye too late. */
import { defineAgent } from '@tenantry/core';

export default defineAgent({
  name: 'chokes-on-abort',
  async run(session) {
    const run = (session.resumed?.state as number | undefined) ?? 1;
    await session.checkpoint(run + 1);
    const heard = (): unknown => {
      if (session.input === 'throws') throw new Error('thrown by an abort listener');
      return session.send('goodbye');
    };
    session.signal.addEventListener('abort', heard);
    for await (const message of session.messages) {
      await session.send({ message, run });
      await session.checkpoint(run + 1);
    }
  },
});

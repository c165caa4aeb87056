/** Ends when its signal aborts and says what it was told. */
import { defineAgent } from '@tenantry/core';

export default defineAgent({
  name: 'heeds-abort',
  async run(session) {
    await session.send('listening');
    await new Promise<void>((resolve) => {
      session.signal.addEventListener('abort', () => resolve());
    });
    throw session.signal.reason;
  },
});

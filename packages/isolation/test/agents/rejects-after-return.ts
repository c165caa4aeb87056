/** Leaves a promise behind that rejects, or a timer that throws, when nobody listens any more. */
import { setTimeout as sleep } from 'node:timers/promises';
import { defineAgent } from '@tenantry/core';

export default defineAgent({
  name: 'rejects-after-return',
  async run(session) {
    if (session.input === 'timer') {
      setTimeout(() => {
        throw new Error('thrown by a timer');
      }, 5);
    } else {
      void sleep(5).then(() => {
        throw new Error('rejected after return');
      });
    }
    if (session.input === 'while running') await session.messages.next();
    return 'returned';
  },
});

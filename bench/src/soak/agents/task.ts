/** A job: goes well, or fails as often as it is told to. */
import { setTimeout as sleep } from 'node:timers/promises';
import { defineAgent, type Session } from '@tenantry/core';

const WORK_MS = 30;

export default defineAgent({
  name: 'task',
  async run(session: Session) {
    await sleep(WORK_MS);
    if (session.input === 'fails') throw new Error('a job of the soak that fails');
    return 'done';
  },
});

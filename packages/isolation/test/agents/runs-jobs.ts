/**
 * Sends what nobody reads, exits the first time where it is told to, and answers what it knows of its
 * job.
 */
import process from 'node:process';
import { defineAgent } from '@tenantry/core';

export default defineAgent({
  name: 'runs-jobs',
  async run(session) {
    await session.send('unread');
    if (session.input === 'exit' && session.job?.attempt === 1) process.exit(3);
    return { job: session.job };
  },
});

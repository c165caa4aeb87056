/** When told to, logs and prints so many lines, and is gone right after the last of them. */
import process from 'node:process';
import { defineAgent } from '@tenantry/core';

export default defineAgent({
  name: 'last-words',
  async run(session) {
    await session.messages.next();
    const { lines, way } = session.input as { lines: number; way: string };
    for (let line = 0; line < lines; line += 1) {
      session.log.info({ line, tenant: 'forged' }, 'said');
      if (way !== 'host-killed') process.stdout.write(`printed ${line}\n`);
    }
    if (way === 'killed' || way === 'host-killed') process.kill(process.pid, 'SIGKILL');
    if (way === 'exits') process.exit(3);
    for (;;);
  },
});

/** Starts a process of its own and tells its pid; waits until it is told to end. */
import { spawn } from 'node:child_process';
import { defineAgent } from '@tenantry/core';

export default defineAgent({
  name: 'spawns',
  async run(session) {
    const child = spawn('/bin/sleep', ['600'], { stdio: 'ignore' });
    await session.send({ pid: child.pid, own: process.pid });
    await session.messages.next();
    child.kill();
  },
});

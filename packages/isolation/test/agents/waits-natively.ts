/** Spends so many seconds in one native call that nothing can interrupt, and uses no CPU for it. */
import { spawnSync } from 'node:child_process';
import { defineAgent } from '@tenantry/core';

export default defineAgent({
  name: 'waits-natively',
  async run(session) {
    await session.messages.next();
    spawnSync('/bin/sleep', [String(session.input)]);
  },
});

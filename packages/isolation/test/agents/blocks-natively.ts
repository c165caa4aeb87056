/** Spends so many milliseconds in one native call that nothing can interrupt. */
import { pbkdf2Sync } from 'node:crypto';
import { defineAgent } from '@tenantry/core';

export default defineAgent({
  name: 'blocks-natively',
  async run(session) {
    await session.messages.next();
    pbkdf2Sync('secret', 'salt', session.input as number, 64, 'sha512');
    return 'unblocked';
  },
});

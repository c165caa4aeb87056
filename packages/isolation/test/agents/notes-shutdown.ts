/** Writes each notice into a file, and ends when it has heard one and was told to end. */
import { appendFileSync } from 'node:fs';
import { defineAgent } from '@tenantry/core';

export default defineAgent({
  name: 'notes-shutdown',
  async run(session) {
    const aborted = new Promise((resolve) => session.signal.addEventListener('abort', resolve));
    await new Promise<void>((resolve) => {
      session.onNotice((notice) => {
        appendFileSync(session.input as string, `${notice.reason} ${notice.leftMs}\n`);
        resolve();
      });
    });
    await aborted;
  },
});

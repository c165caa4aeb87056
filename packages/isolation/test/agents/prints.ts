/** When told to, prints so many lines to stdout, then completes. */
import { defineAgent } from '@tenantry/core';

export default defineAgent({
  name: 'prints',
  async run(session) {
    await session.messages.next();
    const { lines, text } = session.input as { lines: number; text: string };
    for (let line = 0; line < lines; line += 1) console.log(`${line} ${text}`);
    session.log.info({ lines }, 'printed');
    return lines;
  },
});

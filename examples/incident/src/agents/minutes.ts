/**
 * Keeps the minutes of a long conversation: answers each line with its number. It says after each line how
 * far it has got, so that it can go on elsewhere while the conversation lasts.
 */
import { defineAgent, type Session } from '@tenantry/core';

export default defineAgent({
  name: 'minutes',
  async run(session: Session<unknown, unknown, string, number>) {
    let lines = (session.resumed?.state as number | undefined) ?? 0;
    await session.checkpoint(lines);
    for await (const _line of session.messages) {
      lines += 1;
      await session.send(lines);
      await session.checkpoint(lines);
    }
    return lines;
  },
});

/** Leaves a mark outside when its code is told to stop, with the code of what it was told. */
import { appendFileSync } from 'node:fs';
import { codeOf, defineAgent } from '@tenantry/core';

export default defineAgent({
  name: 'finishes-when-moved',
  async run(session) {
    const file = session.input as string;
    await session.checkpoint({ resumed: session.resumed !== undefined });
    if (session.resumed !== undefined) await session.send('here again');
    try {
      for await (const message of session.messages) await session.send(message);
      return 'closed';
    } catch (error) {
      const late = await session.send('too late').then(
        () => 'sent',
        (refused: unknown) => codeOf(refused),
      );
      appendFileSync(file, `${codeOf(error)} ${codeOf(session.signal.reason)} ${late}\n`);
      throw error;
    } finally {
      appendFileSync(file, 'finally\n');
    }
  },
});

/** The offender as an agent: commits the offence that its input names, and says so before. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { defineAgent, type Session } from '@tenantry/core';
import { OFFENCES } from '../offences.js';
import type { Kind } from '../plan.js';

/** When it began to offend, ms since 1970. */
export interface Said {
  readonly offendsAtEpochMs: number;
}

export default defineAgent({
  name: 'offender',
  async run(session: Session<{ readonly kind: Kind }>) {
    await OFFENCES[session.input.kind]({
      async say() {
        await session.send({ offendsAtEpochMs: Date.now() } satisfies Said);
        // A message leaves an isolate with the end of its turn.
        if (session.input.kind === 'loop') await nextTurn();
      },
      send: (message) => session.send(message),
    });
  },
});

/** Spends so many milliseconds in one native call that nothing can interrupt. */
import { pbkdf2Sync } from 'node:crypto';
import { defineAgent } from '@tenantry/core';

/** How long a round takes is the machine's. */
const TRIED_ROUNDS = 50_000;

const hash = (rounds: number): Buffer => pbkdf2Sync('secret', 'salt', rounds, 64, 'sha512');

export default defineAgent({
  name: 'blocks-natively',
  async run(session) {
    await session.messages.next();
    const startMs = performance.now();
    hash(TRIED_ROUNDS);
    const roundsPerMs = TRIED_ROUNDS / (performance.now() - startMs);
    hash(Math.ceil(roundsPerMs * (session.input as number)));
    return 'unblocked';
  },
});

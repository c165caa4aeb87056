/** Works on a frame every 20 ms, as a call does: a little at a time, with awaits in between. */
import { defineAgent, type Session } from '@tenantry/core';
import { wheel, work } from '../overhead/wheel.js';

export interface FramedInput {
  readonly slot: number;
  readonly roundsPerFrame: number;
}

/** With the one for the next frame, nine awaits. */
const PARTS = 8;

export default defineAgent({
  name: 'framed',
  async run(session: Session<FramedInput>) {
    const { slot, roundsPerFrame } = session.input;
    const part = async (): Promise<number> => work(roundsPerFrame / PARTS);
    for (;;) {
      const dueMs = await wheel.next(slot);
      if (dueMs === undefined) return;
      for (let index = 0; index < PARTS; index += 1) await part();
      wheel.done(dueMs);
    }
  },
});

/** A healthy call: answers every frame with its number and whether there is a voice in it. */
import { defineAgent, type Session } from '@tenantry/core';
import { Detector } from '../detector.js';

export interface Frame {
  readonly number: number;
  readonly pcm: Uint8Array;
}

export interface Answer {
  readonly number: number;
  readonly isVoiced: boolean;
}

export default defineAgent({
  name: 'call',
  async run(session: Session<unknown, unknown, Frame, Answer>) {
    const detector = new Detector();
    try {
      for await (const { number, pcm } of session.messages) {
        await session.send({ number, isVoiced: detector.isVoiced(pcm) });
      }
    } finally {
      detector.free();
    }
  },
});

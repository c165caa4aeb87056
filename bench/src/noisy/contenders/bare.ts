/**
 * No runtime: one event loop calls functions, as a plain service does. It catches what a call throws,
 * and lets its client's socket have a turn after so many messages.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Detector } from '../detector.js';
import { OFFENCES } from '../offences.js';
import type { Kind } from '../plan.js';
import type { Contender } from './contender.js';

const MESSAGES_PER_TURN = 64;

export function bare(kind: Kind): Contender {
  let offendsAtEpochMs: number | undefined;
  return {
    confinedAtMs: undefined,
    get offendsAtEpochMs() {
      return offendsAtEpochMs;
    },
    async openCall(_tenant, events) {
      const detector = new Detector();
      return {
        send(number, pcm) {
          detector.isVoiced(pcm);
          events.answered(number);
        },
      };
    },
    async offend() {
      let sent = 0;
      await OFFENCES[kind]({
        async say() {
          offendsAtEpochMs ??= Date.now();
        },
        async send() {
          if (++sent % MESSAGES_PER_TURN === 0) await nextTurn();
        },
      }).catch(() => {});
    },
  };
}

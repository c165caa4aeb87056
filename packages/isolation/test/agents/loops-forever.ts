/** Says it is ready, then never gives its loop back, in the way it is asked to. */
import { defineAgent } from '@tenantry/core';

const ways: Record<string, () => void> = {
  loop: () => {
    for (;;);
  },
  regex: () => void /^(a+)+$/.test(`${'a'.repeat(60)}!`),
  microtasks: () => {
    const again = (): void => void Promise.resolve().then(again);
    again();
  },
  ticks: () => {
    const again = (): void => process.nextTick(again);
    again();
  },
  finally: () => {
    for (;;) {
      try {
        continue;
      } finally {
        // Never leaves.
      }
    }
  },
  wait: () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0),
};

export default defineAgent({
  name: 'loops-forever',
  async run(session) {
    await session.messages.next();
    ways[session.input as string]!();
    await new Promise(() => {});
  },
});

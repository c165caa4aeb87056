/** Tells its client every notice it is given, and does with its time what it is asked to. */
import { pbkdf2Sync } from 'node:crypto';
import { defineAgent } from '@tenantry/core';

const kept: unknown[] = [];
let hasHeard = false;

const ways: Record<string, () => void> = {
  loop: () => {
    for (;;);
  },
  native: () => {
    for (;;) pbkdf2Sync('secret', 'salt', 100_000, 64, 'sha512');
  },
  burn: () => {
    const again = (): void => {
      const endMs = performance.now() + 20;
      while (performance.now() < endMs);
      setTimeout(again, 5);
    };
    again();
  },
  /** Until it hears a notice; then it waits to be told to go on. */
  grow: () => {
    const again = (): void => {
      if (hasHeard) return;
      kept.push(Buffer.alloc(2_097_152, 1));
      setTimeout(again, 5);
    };
    again();
  },
  more: () => {
    hasHeard = false;
    ways['grow']!();
  },
};

export default defineAgent({
  name: 'hears-notices',
  async run(session) {
    session.onNotice((notice) => {
      hasHeard = true;
      void session.send(notice).catch(() => {});
    });
    for await (const way of session.messages) ways[way as string]?.();
  },
});

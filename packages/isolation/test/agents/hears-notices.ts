/** Tells its client every notice it is given, and does with its time what it is asked to. */
import { pbkdf2Sync } from 'node:crypto';
import { defineAgent } from '@tenantry/core';

const kept: unknown[] = [];

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
  grow: () => {
    const again = (): void => {
      kept.push(Buffer.alloc(2_097_152, 1));
      setTimeout(again, 5);
    };
    again();
  },
};

export default defineAgent({
  name: 'hears-notices',
  async run(session) {
    session.onNotice((notice) => void session.send(notice).catch(() => {}));
    for await (const way of session.messages) ways[way as string]?.();
  },
});

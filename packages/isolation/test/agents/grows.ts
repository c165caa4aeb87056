/** Fills memory until something stops it: many small objects, one array, or Buffers. */
import { defineAgent } from '@tenantry/core';

const kept: unknown[] = [];

const ways: Record<string, () => void> = {
  objects: () => {
    let chain: unknown;
    for (;;) chain = { chain, text: `${Math.random()}` };
  },
  array: () => {
    for (;;) kept.push(kept.length);
  },
  buffers: () => {
    for (;;) kept.push(Buffer.alloc(1_048_576, 1));
  },
};

export default defineAgent({
  name: 'grows',
  async run(session) {
    await session.messages.next();
    ways[session.input as string]!();
  },
});

/** Holds its place for a while and does nothing with it: only who waits for whom is left. */
import { defineAgent } from '@tenantry/core';

const HELD_MS = 5;

export default defineAgent({
  name: 'pauses',
  async run() {
    await new Promise((resolve) => setTimeout(resolve, HELD_MS));
  },
});

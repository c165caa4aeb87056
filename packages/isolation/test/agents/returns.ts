/** Completes with, or sends, what cannot be carried. */
import { defineAgent } from '@tenantry/core';

export default defineAgent({
  name: 'returns',
  async run(session) {
    if (session.input === 'function') return { deep: [{ field: () => {} }] };
    if (session.input === 'send') {
      await session.send({ good: 1, bad: new Promise(() => {}) });
    }
    return session.input;
  },
});

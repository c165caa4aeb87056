/** Ends at once with what it was given: nothing but the cost of a session is left. */
import { defineAgent } from '@tenantry/core';

export default defineAgent({
  name: 'answer',
  async run(session) {
    return session.input;
  },
});

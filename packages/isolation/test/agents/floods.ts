/** Sends far more than anyone reads, awaiting each send or none. */
import { defineAgent } from '@tenantry/core';

export default defineAgent({
  name: 'floods',
  async run(session) {
    const { count, bytes, awaits } = session.input as {
      count: number;
      bytes: number;
      awaits: boolean;
    };
    const text = 'x'.repeat(bytes);
    for (let number = 0; number < count; number += 1) {
      const sent = session.send({ number, text });
      if (awaits) await sent;
    }
    return 'sent';
  },
});

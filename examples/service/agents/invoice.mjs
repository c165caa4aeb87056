/** Writes an invoice, as a job: without a client, kept on the disk, tried again when it fails. */
import { defineAgent } from '@tenantry/core';

export default defineAgent({
  name: 'invoice',
  async run(session) {
    const { order, totalCents } = session.input;
    if (!(totalCents > 0)) throw new TypeError(`order ${order} has no total`);
    return { invoice: `INV-${order}`, totalCents };
  },
});

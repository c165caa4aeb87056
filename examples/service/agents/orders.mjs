/** Prices orders. An order of nothing is a bug of its tenant; a long one holds the loop that it shares with others. */
import { defineAgent } from '@tenantry/core';

const UNIT_CENTS = 250;
const MS_FOR_EACH = 100;

export default defineAgent({
  name: 'orders',
  async run(session) {
    let totalCents = 0;
    for await (const { item, quantity } of session.messages) {
      const priced = priceOf({ item, quantity });
      const receipt = await session.effect('book', () => ({ item, booked: true }));
      totalCents += priced;
      await session.send({ ...receipt, totalCents });
    }
    return { totalCents };
  },
});

function priceOf({ item, quantity }) {
  if (!(quantity > 0)) throw new TypeError(`${item}: an order has no quantity`);
  checkStock(quantity);
  return quantity * UNIT_CENTS;
}

/** Looks through the stock on the loop, as code does that was only tried with small orders. */
function checkStock(quantity) {
  const untilMs = performance.now() + quantity * MS_FOR_EACH;
  while (performance.now() < untilMs);
}

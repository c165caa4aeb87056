/**
 * Charges a card for each message it gets, by a side effect of its own: a negative amount is refused by
 * the card, `crash` ends the process, and anything without an amount is a bug of this agent.
 */
import process from 'node:process';
import { defineAgent } from '@tenantry/core';

interface Order {
  readonly amount?: number;
  readonly crash?: boolean;
}

export default defineAgent({
  name: 'charges',
  async run(session) {
    let charged = 0;
    for await (const message of session.messages) {
      const { amount, crash } = message as Order;
      if (crash === true) process.exit(7);
      if (amount === undefined) throw new TypeError('an order has no amount');
      try {
        const receipt = await session.effect('charge', () => {
          if (amount < 0) throw Object.assign(new Error('card refused'), { code: 'CARD' });
          return { number: (charged += 1), at: new Date(0), amount };
        });
        await session.send(receipt);
      } catch (error) {
        await session.send({ refused: (error as Error).message });
      }
    }
    return { charged };
  },
});

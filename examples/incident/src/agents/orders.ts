/** Prints the address label of an order. Its mistake: it takes for granted that every order has a customer. */
import { defineAgent, type Session } from '@tenantry/core';

export interface Order {
  readonly number: number;
  readonly customer?: { readonly name: string };
}

function labelOf(order: Order): string {
  return `${order.number}: ${order.customer!.name.toUpperCase()}`;
}

export default defineAgent({
  name: 'orders',
  async run(session: Session<{ readonly order: Order }>) {
    return labelOf(session.input.order);
  },
});

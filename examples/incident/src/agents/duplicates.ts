/** Looks for customers that are in a list twice. Its mistake: it compares each with each, in one go. */
import { defineAgent, type Session } from '@tenantry/core';
import { z } from 'zod';

const Input = z.strictObject({ customers: z.array(z.string()) });

function findDuplicates(customers: readonly string[]): string[] {
  const duplicates: string[] = [];
  for (const [index, customer] of customers.entries()) {
    for (const other of customers.slice(index + 1)) {
      if (customer.toLowerCase() === other.toLowerCase()) duplicates.push(customer);
    }
  }
  return duplicates;
}

export default defineAgent({
  name: 'duplicates',
  input: Input,
  async run(session: Session<z.output<typeof Input>>) {
    return findDuplicates(session.input.customers);
  },
});

/**
 * Answers with prices of a day, and keeps them for the next one who asks. Its mistake: the key of its
 * cache is a time, and a client that asks for `now` never asks for the same one again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { defineAgent, type Session } from '@tenantry/core';
import { z } from 'zod';

const Input = z.strictObject({ asOf: z.string(), items: z.int().min(1).max(1_000) });

interface Price {
  readonly item: string;
  readonly currency: string;
  readonly cents: number;
}

/** A list of this many prices weighs about a quarter of a megabyte. */
const LIST_LENGTH = 2_500;
/** What a look-up in a database would take. */
const LOOK_UP_MS = 5;

const cache = new Map<string, Price[]>();

function makeList(key: string): Price[] {
  return Array.from({ length: LIST_LENGTH }, (_, index) => ({
    item: `${key}/${index}`,
    currency: 'EUR',
    cents: (index * 7_919) % 100_000,
  }));
}

async function pricesOf(item: number, asOf: string): Promise<Price[]> {
  const key = `${item}@${asOf}`;
  let list = cache.get(key);
  if (list === undefined) {
    await sleep(LOOK_UP_MS);
    list = makeList(key);
    cache.set(key, list);
  }
  return list;
}

export default defineAgent({
  name: 'prices',
  input: Input,
  async run(session: Session<z.output<typeof Input>>) {
    let count = 0;
    for (let item = 0; item < session.input.items; item += 1) {
      count += (await pricesOf(item, session.input.asOf)).length;
    }
    return count;
  },
});

/**
 * Blocks its loop as ordered: in the handler of the message, in a timer or in a microtask; and says
 * when it did so, by its own clock. Sends back whatever is no order.
 */
import { defineAgent } from '@tenantry/core';
import { ownTimes } from '../own-times.js';
import { BLOCKS, type Kind } from '../blame/blocks.js';

export interface Order {
  readonly kind: Kind;
  readonly amount: number;
  readonly where: 'handler' | 'timer' | 'microtask';
  /** Of a timer, on `performance.now()`. */
  readonly dueMs: number;
}

/** One block, on `performance.now()`. */
export interface Truth {
  readonly kind: Kind;
  readonly where: Order['where'];
  readonly startMs: number;
  readonly endMs: number;
  /** Of it, ready to run and kept from running by others on the machine. */
  readonly waitedMs: number;
}

type Message = { readonly order: Order } | { readonly collect: true } | { readonly echo: number };

export default defineAgent({
  name: 'blocker',
  async run(session) {
    for await (const message of session.messages as AsyncIterable<Message>) {
      if ('order' in message) {
        await session.send(await follow(message.order));
        continue;
      }
      if ('collect' in message) (globalThis as { gc?: () => void }).gc?.();
      await session.send(message);
    }
  },
});

async function follow(order: Order): Promise<Truth> {
  if (order.where === 'handler') return blocked(order);
  return new Promise((resolve) => {
    const block = (): void => void blocked(order).then(resolve);
    if (order.where === 'microtask') queueMicrotask(block);
    else setTimeout(block, Math.max(1, order.dueMs - performance.now()));
  });
}

async function blocked({ kind, amount, where }: Order): Promise<Truth> {
  const before = ownTimes();
  const startMs = performance.now();
  const pending = BLOCKS[kind](amount);
  if (pending instanceof Promise) await pending;
  const endMs = performance.now();
  return { kind, where, startMs, endMs, waitedMs: ownTimes().waitedMs - before.waitedMs };
}

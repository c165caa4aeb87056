/**
 * What one call of the offender does, the same code whoever runs it: on a shared loop, in an isolate,
 * in a pool's worker. How often it is called is up to its clients (`offender.ts`).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kind } from './plan.js';

/** What an offence has of whoever runs it. */
export interface Stage {
  /** Tells that it offends from now on; resolves when that has left this loop. */
  readonly say: () => Promise<void>;
  readonly send: (message: unknown) => Promise<void>;
}

const BLOCK_MS = 200;
/** 40 MB a second, a step of 2 MB every 50 ms. */
const STEPS = 20;
const STEP_MS = 50;
const STEP_BYTES = 2_000_000;
/** An object of two fields and its text, as V8 keeps it: 149 bytes on Node 20.20, 145 on Node 24. */
const ENTRY_BYTES = 149;
const FLOOD_MS = 1_000;

/** Whatever a call puts here stays for as long as the module lives. */
const cache: unknown[] = [];

export const OFFENCES: Readonly<Record<Kind, (stage: Stage) => Promise<void>>> = {
  async block({ say }) {
    await say();
    const untilMs = performance.now() + BLOCK_MS;
    while (performance.now() < untilMs);
  },
  async loop({ say }) {
    await say();
    for (;;);
  },
  async heap({ say }) {
    await say();
    await grow(() => {
      const entries: unknown[] = [];
      for (let made = 0; made < STEP_BYTES / ENTRY_BYTES; made += 1) {
        entries.push({ made, text: `entry ${made} of ${cache.length}` });
      }
      return entries;
    });
  },
  async buffers({ say }) {
    await say();
    await grow(() => Buffer.alloc(STEP_BYTES, 1));
  },
  async crash({ say }) {
    await say();
    const order: { readonly customer?: { readonly name: string } } = {};
    order.customer!.name.trim();
  },
  async flood({ say, send }) {
    await say();
    const untilMs = performance.now() + FLOOD_MS;
    for (let number = 0; performance.now() < untilMs; number += 1) {
      await send({ number, text: 'the same again' });
    }
  },
  async opens({ say }) {
    await say();
  },
};

async function grow(step: () => unknown): Promise<void> {
  for (let done = 0; done < STEPS; done += 1) {
    cache.push(step());
    await sleep(STEP_MS);
  }
}

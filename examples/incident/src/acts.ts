/**
 * The four acts: who makes which mistake, and which input brings it out. An act ends as incidents do: the
 * input that brought the mistake out comes no more. When that is, is told in story.ts.
 */
import type { Order } from './agents/orders.js';

export interface Act {
  readonly title: string;
  readonly tenant: string;
  readonly agent: string;
  /** From the end of one of its sessions to the next, while the mistake shows. */
  readonly badPauseMs: number;
  readonly bad: () => unknown;
  readonly good: () => unknown;
}

/** The same, once it is mended. */
export const GOOD_PAUSE_MS = 100;

const names = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `Customer ${index}`);
const withoutCustomer: Order = { number: 17 };
const complete: Order = { number: 18, customer: { name: 'Ada' } };

export const ACTS: readonly Act[] = [
  {
    title: '1. hooli compares 3,000 customers with each other, in one go',
    tenant: 'hooli',
    agent: 'duplicates',
    badPauseMs: 500,
    bad: () => ({ customers: names(3_000) }),
    good: () => ({ customers: names(20) }),
  },
  {
    title: '2. umbrella has a cache that only grows',
    tenant: 'umbrella',
    agent: 'prices',
    badPauseMs: 20,
    bad: () => ({ asOf: `${performance.now()}`, items: 60 }),
    good: () => ({ asOf: 'today', items: 2 }),
  },
  {
    title: '3. wonka takes for granted a field that its orders do not have',
    tenant: 'wonka',
    agent: 'orders',
    badPauseMs: 100,
    bad: () => ({ order: withoutCustomer }),
    good: () => ({ order: complete }),
  },
  {
    title: '4. stark is told to try again later, and tries again at once',
    tenant: 'stark',
    agent: 'sync',
    badPauseMs: 1,
    bad: () => ({ isDown: true }),
    good: () => ({ isDown: false }),
  },
];

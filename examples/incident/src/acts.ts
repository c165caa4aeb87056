/**
 * The four acts: who makes which mistake, and which input brings it out. An act ends as incidents do: the
 * input that brought the mistake out comes no more. When that is, is told in story.ts.
 */
import type { Order } from './agents/orders.js';

/** By what an offender is confined, and what releases it. */
export type Confinement = 'ladder' | 'breaker';

export interface Act {
  readonly title: string;
  readonly tenant: string;
  readonly agent: string;
  /** The sessions of this tenant come so often. */
  readonly everyMs: number;
  readonly by: Confinement;
  bad(): unknown;
  good(): unknown;
}

const names = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `Customer ${index}`);
const withoutCustomer: Order = { number: 17 };
const complete: Order = { number: 18, customer: { name: 'Ada' } };

export const ACTS: readonly Act[] = [
  {
    title: 'hooli compares 2,200 customers with each other, in one go',
    tenant: 'hooli',
    agent: 'duplicates',
    everyMs: 500,
    by: 'ladder',
    bad: () => ({ customers: names(2_200) }),
    good: () => ({ customers: names(20) }),
  },
  {
    title: 'umbrella has a cache that only grows',
    tenant: 'umbrella',
    agent: 'prices',
    everyMs: 250,
    by: 'ladder',
    bad: () => ({ asOf: `${performance.now()}`, items: 30 }),
    good: () => ({ asOf: 'today', items: 2 }),
  },
  {
    title: 'wonka takes for granted a field that its orders do not have',
    tenant: 'wonka',
    agent: 'orders',
    everyMs: 100,
    by: 'breaker',
    bad: () => ({ order: withoutCustomer }),
    good: () => ({ order: complete }),
  },
  {
    title: 'stark tries again without a pause, and tells its client each time',
    tenant: 'stark',
    agent: 'sync',
    everyMs: 500,
    by: 'ladder',
    bad: () => ({ downMs: 300 }),
    good: () => ({ downMs: 0 }),
  },
];

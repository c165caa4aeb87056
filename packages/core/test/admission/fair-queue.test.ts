import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FairQueue, FairQueueOptions, type Queued } from '../../src/admission/fair-queue.js';

interface Named extends Queued {
  readonly name: string;
}

const one = (line: string, name = line, weight = 1, sinceMs = 0): Named => ({
  line,
  name,
  weight,
  sinceMs,
});

const anyone = (_queued: Named): boolean => true;

function served(queue: FairQueue<Named>, times = 1_000, canStart = anyone): string[] {
  const names: string[] = [];
  while (names.length < times) {
    const next = queue.next(canStart);
    if (next === undefined) break;
    queue.serve(next);
    names.push(next.name);
  }
  return names;
}

const share = (names: readonly string[], line: string): number =>
  names.filter((name) => name === line).length / names.length;

describe('a fair queue', () => {
  test('serves one line in the order of arrival', () => {
    const queue = new FairQueue<Named>();
    for (const name of ['a', 'b', 'c']) queue.join(one('acme', name));
    expect(served(queue)).toEqual(['a', 'b', 'c']);
  });

  test('does not let a thousand of one line delay the first of another', () => {
    const queue = new FairQueue<Named>();
    for (let index = 0; index < 1_000; index += 1) queue.join(one('flood'));
    served(queue, 300);
    queue.join(one('late'));
    expect(served(queue, 2)).toContain('late');
  });

  test('serves lines of equal weight in turns, however long they are', () => {
    const queue = new FairQueue<Named>();
    for (let index = 0; index < 100; index += 1) queue.join(one('flood'));
    for (let index = 0; index < 3; index += 1) queue.join(one('acme'));
    expect(served(queue, 6).sort()).toEqual(['acme', 'acme', 'acme', 'flood', 'flood', 'flood']);
  });

  test('serves by weight: three times the weight, three times the share', () => {
    const queue = new FairQueue<Named>();
    for (let index = 0; index < 400; index += 1) {
      queue.join(one('light', 'light', 1));
      queue.join(one('heavy', 'heavy', 3));
    }
    expect(share(served(queue, 400), 'heavy')).toBeCloseTo(0.75, 2);
  });

  test('gives who comes back one by one no more than its share', () => {
    const queue = new FairQueue<Named>();
    for (let index = 0; index < 100; index += 1) queue.join(one('flood'));
    const names: string[] = [];
    for (let index = 0; index < 40; index += 1) {
      if (queue.waitingIn('single') === 0) queue.join(one('single'));
      names.push(...served(queue, 1));
    }
    expect(share(names, 'single')).toBeCloseTo(0.5, 1);
  });

  test('charges nobody for leaving unserved', () => {
    const queue = new FairQueue<Named>();
    queue.join(one('other', 'stays'));
    for (let index = 0; index < 100; index += 1) {
      const gone = one('acme');
      queue.join(gone);
      queue.leave(gone);
      queue.leave(gone);
    }
    queue.join(one('other', 'second'));
    queue.join(one('acme'));
    expect(served(queue)).toEqual(['stays', 'acme', 'second']);
  });

  test('passes over who cannot start, also within a line, and comes back to it', () => {
    const queue = new FairQueue<Named>();
    queue.join(one('acme', 'blocked'));
    queue.join(one('acme', 'free'));
    queue.join(one('other', 'other'));
    expect(served(queue, 9, ({ name }: Named) => name !== 'blocked')).toEqual(['free', 'other']);
    expect([queue.waitingCount, ...served(queue)]).toEqual([1, 'blocked']);
  });

  test('counts each line and knows its oldest', () => {
    const queue = new FairQueue<Named>();
    const first = one('acme', 'first', 1, 5);
    queue.join(first);
    queue.join(one('acme', 'second', 1, 8));
    expect([queue.waitingIn('acme'), queue.oldestSinceMs('acme')]).toEqual([2, 5]);
    queue.leave(first);
    expect([queue.waitingIn('acme'), queue.oldestSinceMs('acme')]).toEqual([1, 8]);
    expect([queue.waitingIn('other'), queue.oldestSinceMs('other')]).toEqual([0, null]);
    expect(queue.all().map(({ name }) => name)).toEqual(['second']);
  });

  test('keeps waiting lines within a session ÷ weight of each other', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 2, maxLength: 5 });
    fc.assert(
      fc.property(weights, fc.integer({ min: 1, max: 60 }), (each, times) => {
        const queue = new FairQueue<Named>();
        for (const [line, weight] of each.entries()) {
          for (let index = 0; index < 100; index += 1)
            queue.join(one(`t${line}`, `t${line}`, weight));
        }
        const names = served(queue, times);
        const normal = each.map(
          (weight, line) => names.filter((name) => name === `t${line}`).length / weight,
        );
        // The bound of the paper, theorem 1, for sessions of length one.
        for (const [a, first] of normal.entries())
          for (const [b, second] of normal.entries())
            expect(Math.abs(first - second)).toBeLessThanOrEqual(
              1 / each[a]! + 1 / each[b]! + 1e-9,
            );
      }),
    );
  });
});

test('the options of a fair queue have defaults and bounds', () => {
  expect(FairQueueOptions.parse({})).toEqual({
    maxWaiting: 1_000,
    maxWaitingPerTenant: 100,
    maxWaitMs: 5_000,
  });
  for (const wrong of [
    { maxWaiting: 0 },
    { maxWaitMs: 0.5 },
    { maxWaitingPerTenant: 1.5 },
    { max: 1 },
  ])
    expect(FairQueueOptions.safeParse(wrong).success).toBe(false);
});

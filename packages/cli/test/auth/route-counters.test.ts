import { expect, test } from '@jest/globals';
import { ROUTE_OUTCOMES, RouteCounters } from '../../src/auth/route-counters.js';
import { ROUTES } from '../../src/auth/routes.js';

test('counters of routes have every pair from the start, and only grow', () => {
  const counters = new RouteCounters();
  const first = counters.read();
  expect(first).toHaveLength(ROUTES.length * ROUTE_OUTCOMES.length);
  expect(first.every(({ count }) => count === 0)).toBe(true);
  for (let time = 0; time < 3; time += 1) counters.count('jobs.submit', 'rate-limited');
  counters.count('metrics', 'ok');
  const counted = counters.read().filter(({ count }) => count > 0);
  expect(counted).toEqual([
    { route: 'jobs.submit', outcome: 'rate-limited', count: 3 },
    { route: 'metrics', outcome: 'ok', count: 1 },
  ]);
  expect(counters.read()).toHaveLength(first.length);
  expect(first.every(({ count }) => count === 0)).toBe(true);
});

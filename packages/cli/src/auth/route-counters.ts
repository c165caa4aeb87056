/** How often each route was asked for, and how that ended. Counts only grow; there are as many as pairs. */
import { ROUTES, type RouteName } from './routes.js';

export const ROUTE_OUTCOMES = [
  'ok',
  'failed',
  'unauthorized',
  'forbidden',
  'rate-limited',
] as const;
export type RouteOutcome = (typeof ROUTE_OUTCOMES)[number];

export interface RouteCount {
  readonly route: RouteName;
  readonly outcome: RouteOutcome;
  readonly count: number;
}

export class RouteCounters {
  readonly #counts = new Map(
    ROUTES.map((route) => [route, new Map(ROUTE_OUTCOMES.map((outcome) => [outcome, 0]))]),
  );

  count(route: RouteName, outcome: RouteOutcome): void {
    const counts = this.#counts.get(route)!;
    counts.set(outcome, counts.get(outcome)! + 1);
  }

  /** All pairs, also those that never came, so that a rate can be taken from the first one on. */
  read(): readonly RouteCount[] {
    return [...this.#counts].flatMap(([route, counts]) =>
      [...counts].map(([outcome, count]) => ({ route, outcome, count })),
    );
  }
}

/**
 * Trips on so many failures without a success between them, however far apart: a tenant with few long
 * sessions never fills a window. Rates are left to `ratio-rule.ts`.
 */
import type { Evidence, TripRule } from './trip-rule.js';

export interface ConsecutiveRuleOptions {
  readonly consecutiveFailures: number;
}

export class ConsecutiveRule implements TripRule {
  readonly #most: number;
  #failures = 0;

  constructor({ consecutiveFailures }: ConsecutiveRuleOptions) {
    this.#most = consecutiveFailures;
  }

  record(hasFailed: boolean): Evidence | undefined {
    this.#failures = hasFailed ? this.#failures + 1 : 0;
    return this.#failures >= this.#most ? this.evidence() : undefined;
  }

  evidence(): Evidence {
    return { failures: this.#failures, samples: this.#failures };
  }

  clear(): void {
    this.#failures = 0;
  }
}

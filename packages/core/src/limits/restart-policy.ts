/**
 * When what keeps ending may start again: a tenant's isolate, the worker of a service. The first restart is immediate, further ones wait longer
 * and longer; more than `intensity` abnormal ends within `periodMs` and it gives up (OTP's restart
 * intensity: https://www.erlang.org/doc/system/sup_princ.html).
 */

export interface RestartRules {
  readonly initialMs: number;
  readonly factor: number;
  readonly maxMs: number;
  readonly intensity: number;
  readonly periodMs: number;
  readonly stableMs: number;
  readonly quarantineMs: number;
}

export type RestartVerdict =
  | { readonly kind: 'now' }
  | { readonly kind: 'wait'; readonly waitMs: number }
  | { readonly kind: 'given-up'; readonly waitMs: number };

export class RestartPolicy {
  readonly #rules: RestartRules;
  /** Times of the abnormal ends that still count. */
  #endsAtMs: number[] = [];
  #inARow = 0;
  #notBeforeMs = 0;
  #givenUpUntilMs = 0;
  #unreplaced = 0;
  restarts = 0;

  constructor(rules: RestartRules) {
    this.#rules = rules;
  }

  /** An isolate starts; it is a restart where it takes the place of one that ended abnormally. */
  started(): void {
    if (this.#unreplaced === 0) return;
    this.#unreplaced -= 1;
    this.restarts += 1;
  }

  /** An isolate ended abnormally after running so long. Answers whether the policy now gives up. */
  ended(nowMs: number, ranMs: number): boolean {
    this.#unreplaced += 1;
    const { stableMs, periodMs, intensity, initialMs, factor, maxMs, quarantineMs } = this.#rules;
    this.#inARow = ranMs >= stableMs ? 1 : this.#inARow + 1;
    this.#endsAtMs = [...this.#endsAtMs.filter((atMs) => nowMs - atMs < periodMs), nowMs];
    const waitMs =
      this.#inARow === 1 ? 0 : Math.min(maxMs, initialMs * factor ** (this.#inARow - 2));
    this.#notBeforeMs = nowMs + waitMs;
    if (this.#endsAtMs.length <= intensity) return false;
    this.#givenUpUntilMs = nowMs + quarantineMs;
    this.#endsAtMs = [];
    this.#inARow = 0;
    return true;
  }

  /** A person has released the tenant: it may start at once, with a clean sheet. */
  forgive(): void {
    this.#endsAtMs = [];
    this.#inARow = 0;
    this.#notBeforeMs = 0;
    this.#givenUpUntilMs = 0;
  }

  verdict(nowMs: number): RestartVerdict {
    if (nowMs < this.#givenUpUntilMs) {
      return { kind: 'given-up', waitMs: this.#givenUpUntilMs - nowMs };
    }
    if (nowMs < this.#notBeforeMs) return { kind: 'wait', waitMs: this.#notBeforeMs - nowMs };
    return { kind: 'now' };
  }
}

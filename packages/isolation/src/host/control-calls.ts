/**
 * Control calls that always settle. A comlink call to an isolate that has died stays pending for
 * ever, so each one races a deadline and the isolate's end.
 */
import { TenantryError, type Clock } from '@tenantry/core';
import { withDeadline, type IsolateEnd } from '@tenantry/core/internal';

export class ControlCalls {
  readonly #clock: Clock;
  readonly #deadlineMs: number;
  readonly #gone: Promise<never>;

  constructor(clock: Clock, deadlineMs: number, ended: Promise<IsolateEnd>) {
    this.#clock = clock;
    this.#deadlineMs = deadlineMs;
    this.#gone = ended.then(({ reason, detail }) => {
      throw new TenantryError('TENANTRY_ISOLATE_CRASHED', `isolate ended (${reason}): ${detail}`);
    });
    this.#gone.catch(() => {});
  }

  /** @throws TENANTRY_ISOLATE_CALL_TIMEOUT, TENANTRY_ISOLATE_CRASHED */
  call<T>(what: string, answer: Promise<T>, deadlineMs = this.#deadlineMs): Promise<T> {
    return withDeadline(
      this.#clock,
      Promise.race([answer, this.#gone]),
      deadlineMs,
      () =>
        new TenantryError(
          'TENANTRY_ISOLATE_CALL_TIMEOUT',
          `isolate did not answer "${what}" within ${deadlineMs} ms`,
          { details: { call: what, limitMs: deadlineMs } },
        ),
    );
  }
}

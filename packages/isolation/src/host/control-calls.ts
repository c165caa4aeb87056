/**
 * Control calls that always settle. A comlink call to an isolate that has died stays pending for
 * ever, so each one has a deadline, and is rejected when the isolate ends.
 */
import { TenantryError, type Clock } from '@tenantry/core/internal';
import { withDeadline, type IsolateEnd } from '@tenantry/core/internal';

export class ControlCalls {
  readonly #clock: Clock;
  readonly #deadlineMs: number;
  /**
   * Of the calls under way. A race with the promise of the isolate's end itself would leave each
   * answer with that promise, for as long as the isolate lives.
   */
  readonly #underWay = new Set<(gone: TenantryError) => void>();
  #gone: TenantryError | undefined;

  constructor(clock: Clock, deadlineMs: number, ended: Promise<IsolateEnd>) {
    this.#clock = clock;
    this.#deadlineMs = deadlineMs;
    void ended.then(({ reason, detail }) => {
      this.#gone = new TenantryError(
        'TENANTRY_ISOLATE_CRASHED',
        `isolate ended (${reason}): ${detail}`,
      );
      for (const reject of this.#underWay) reject(this.#gone);
    });
  }

  /** @throws TENANTRY_ISOLATE_CALL_TIMEOUT, TENANTRY_ISOLATE_CRASHED */
  async call<T>(what: string, answer: Promise<T>, deadlineMs = this.#deadlineMs): Promise<T> {
    let reject!: (gone: TenantryError) => void;
    const gone = new Promise<never>((_resolve, no) => (reject = no));
    this.#underWay.add(reject);
    if (this.#gone !== undefined) reject(this.#gone);
    const late = (): TenantryError =>
      new TenantryError(
        'TENANTRY_ISOLATE_CALL_TIMEOUT',
        `isolate did not answer "${what}" within ${deadlineMs} ms`,
        { details: { call: what, limitMs: deadlineMs } },
      );
    try {
      return await withDeadline(this.#clock, Promise.race([answer, gone]), deadlineMs, late);
    } finally {
      this.#underWay.delete(reject);
    }
  }
}

/** Questions to the observer thread that wait for their answers, each with a deadline of its own. */
import { TenantryError } from '../errors/errors.js';
import { fromWireError } from '../errors/wire-error.js';
import type { FromObserver, ToObserver } from './observer-protocol.js';

const CALL_TIMEOUT_MS = 5_000;

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

export class ObserverCalls {
  readonly #post: (message: ToObserver) => void;
  readonly #waiting = new Map<number, Waiting>();
  #nextCall = 1;

  constructor(post: (message: ToObserver) => void) {
    this.#post = post;
  }

  /** @throws (as a rejection) TENANTRY_INTERNAL where it is late, or what it was answered with */
  ask(message: (call: number) => ToObserver, timeoutMs = CALL_TIMEOUT_MS): Promise<unknown> {
    const call = this.#nextCall++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(call);
        reject(
          new TenantryError('TENANTRY_INTERNAL', `the observer did not answer in ${timeoutMs} ms`),
        );
      }, timeoutMs);
      this.#waiting.set(call, {
        resolve: (value) => {
          clearTimeout(timer);
          resolve(value);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
      this.#post(message(call));
    });
  }

  answered({ call, value, error }: Extract<FromObserver, { kind: 'done' }>): void {
    const waiting = this.#waiting.get(call);
    this.#waiting.delete(call);
    if (error === undefined) waiting?.resolve(value);
    else waiting?.reject(fromWireError(error));
  }

  /** Nobody will answer any more. */
  failAll(error: Error): void {
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}

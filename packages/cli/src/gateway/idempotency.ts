/**
 * Requests that a client repeats because it did not hear the answer: under one `Idempotency-Key` the
 * work is done once, and everyone who asks hears of that. Kept in memory for a while; a restart forgets.
 */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { TenantryError, type Clock } from '@tenantry/core';
import type { Answer } from './route.js';

const KEY = /^[\x21-\x7e]{1,255}$/;
/** Beyond, the oldest is forgotten early. */
const MOST_KEYS = 10_000;

interface Kept {
  readonly fingerprint: string;
  readonly answer: Promise<Answer>;
  readonly untilMs: number;
}

/** @throws TENANTRY_REQUEST_INVALID */
export function idempotencyKeyOf({ headers }: IncomingMessage): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && KEY.test(key)) return key;
  throw new TenantryError(
    'TENANTRY_REQUEST_INVALID',
    'idempotency-key: expected 1 to 255 printable characters without spaces',
  );
}

export class Idempotency {
  readonly #clock: Clock;
  readonly #ttlMs: number;
  /** Oldest first; all are kept equally long. */
  readonly #kept = new Map<string, Kept>();

  constructor(clock: Clock, ttlMs: number) {
    this.#clock = clock;
    this.#ttlMs = ttlMs;
  }

  /**
   * What `work` answers, or what it answered before. A refusal is not kept: the next one tries again.
   * @throws TENANTRY_IDEMPOTENCY_CONFLICT, and what `work` throws
   */
  async once(
    {
      caller,
      route,
      key,
    }: { readonly caller: string; readonly route: string; readonly key: string },
    body: unknown,
    work: () => Promise<Answer>,
  ): Promise<Answer> {
    this.#forgetOld();
    const name = JSON.stringify([caller, route, key]);
    const fingerprint = createHash('sha256')
      .update(JSON.stringify(body) ?? '')
      .digest('base64');
    const before = this.#kept.get(name);
    if (before !== undefined) {
      if (before.fingerprint !== fingerprint) {
        throw new TenantryError(
          'TENANTRY_IDEMPOTENCY_CONFLICT',
          'idempotency-key: it came before with another body',
        );
      }
      return replayed(await before.answer);
    }
    const answer = work();
    this.#kept.set(name, { fingerprint, answer, untilMs: this.#clock.nowMs() + this.#ttlMs });
    try {
      return await answer;
    } catch (error) {
      this.#kept.delete(name);
      throw error;
    }
  }

  #forgetOld(): void {
    const nowMs = this.#clock.nowMs();
    for (const [name, { untilMs }] of this.#kept) {
      if (untilMs > nowMs && this.#kept.size < MOST_KEYS) break;
      this.#kept.delete(name);
    }
  }
}

function replayed(answer: Answer): Answer {
  if (answer.kind !== 'json') return answer;
  const again = answer.again?.() ?? answer;
  if (again.kind !== 'json') return again;
  return { ...again, headers: { ...again.headers, 'idempotency-replayed': 'true' } };
}

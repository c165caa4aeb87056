/** One-time tickets: whoever was answered one can connect to that session, once, for a short time. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '@tenantry/core';
import type { Identity } from '../auth/identity.js';

interface Ticket {
  readonly session: string;
  readonly identity: Identity;
  readonly untilMs: number;
}

const TICKET_BYTES = 32;

export class Tickets {
  readonly #clock: Clock;
  readonly #ttlMs: number;
  /** Oldest first; all live equally long. */
  readonly #tickets = new Map<string, Ticket>();

  constructor(clock: Clock, ttlMs: number) {
    this.#clock = clock;
    this.#ttlMs = ttlMs;
  }

  issue(session: string, identity: Identity): string {
    const nowMs = this.#clock.nowMs();
    for (const [secret, { untilMs }] of this.#tickets) {
      if (untilMs > nowMs) break;
      this.#tickets.delete(secret);
    }
    // 256 random bits: looked up as they are, as guessing and timing lead nowhere.
    const secret = randomBytes(TICKET_BYTES).toString('base64url');
    this.#tickets.set(secret, { session, identity, untilMs: nowMs + this.#ttlMs });
    return secret;
  }

  /** Who got the ticket, where it is one for this session and still good. It is used up. */
  redeem(secret: string, session: string): Identity | undefined {
    const ticket = this.#tickets.get(secret);
    if (ticket === undefined || ticket.session !== session) return undefined;
    this.#tickets.delete(secret);
    return ticket.untilMs > this.#clock.nowMs() ? ticket.identity : undefined;
  }
}

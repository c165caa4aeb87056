/** The sessions that were opened through the gateway, by their ids, and the beat of their sockets. */
import { TenantryError, type Clock, type SessionHandle, type Timer } from '@tenantry/core';
import { every, settledWithin, shown } from '@tenantry/core/internal';
import type { Identity } from '../auth/identity.js';
import type { GatewayOptions } from './gateway-options.js';
import { LiveSession } from './live-session.js';

/** Pinging thousands of sockets in one turn of the loop would be a block of our own. */
const BEAT_SLICES = 10;
/** How long a client may take to answer the last word. */
const CLOSE_DEADLINE_MS = 2_000;

export class LiveSessions {
  readonly #sessions = new Map<string, LiveSession>();
  /** Each session has its slice for good, so that no socket is beaten twice in a period. */
  readonly #slices = Array.from({ length: BEAT_SLICES }, () => new Set<LiveSession>());
  readonly #parts: { readonly clock: Clock; readonly options: GatewayOptions };
  readonly #beat: Timer;
  #openedCount = 0;
  #beatCount = 0;

  constructor(parts: { readonly clock: Clock; readonly options: GatewayOptions }) {
    this.#parts = parts;
    this.#beat = every(parts.clock, parts.options.heartbeatMs / BEAT_SLICES, () =>
      this.#beatSome(),
    );
  }

  get count(): number {
    return this.#sessions.size;
  }

  add(handle: SessionHandle, openedBy: Identity): LiveSession {
    const slice = this.#slices[this.#openedCount++ % BEAT_SLICES]!;
    const session = new LiveSession(handle, openedBy, {
      ...this.#parts,
      onOver: (over) => {
        this.#sessions.delete(handle.id);
        slice.delete(over);
      },
    });
    this.#sessions.set(handle.id, session);
    slice.add(session);
    return session;
  }

  /**
   * One that belongs to someone else is as unknown as one that never was.
   * @throws TENANTRY_SESSION_UNKNOWN
   */
  named(id: string, identity: Identity): LiveSession {
    const session = this.#sessions.get(id);
    const { tenant } = identity;
    const isOwn = tenant === null || tenant === session?.handle.tenant;
    if (session !== undefined && isOwn) return session;
    throw new TenantryError('TENANTRY_SESSION_UNKNOWN', `no session ${shown(id)}`);
  }

  /** Who holds the session that this ticket resumes. */
  resumedBy(ticket: string, id: string): Identity | undefined {
    const session = this.#sessions.get(id);
    return session?.isResumeTicket(ticket) === true ? session.openedBy : undefined;
  }

  all(): readonly LiveSession[] {
    return [...this.#sessions.values()];
  }

  /** Resolves when every socket is closed; one that does not answer is ended. */
  async close(): Promise<void> {
    this.#beat.cancel();
    const links = this.all().flatMap(({ link }) => link ?? []);
    for (const session of this.all()) session.leave();
    this.#sessions.clear();
    for (const slice of this.#slices) slice.clear();
    const closed = Promise.all(links.map((link) => link.closed));
    await settledWithin(this.#parts.clock, closed, CLOSE_DEADLINE_MS);
    for (const link of links) link.terminate();
  }

  #beatSome(): void {
    for (const { link } of this.#slices[this.#beatCount++ % BEAT_SLICES]!) link?.beat();
  }
}

/**
 * Running sessions follow their tenant when it is moved up: those that can are carried to where its new
 * sessions go, the others finish, or are drained. Each has one wish, the latest. One that is on its way
 * to where its tenant is no longer turns back, as long as it has not been handed over, and goes from
 * there; who is above its tenant stays.
 */
import { drainSessions } from '../session/drain.js';
import type { ClientSession } from '../session/client-session.js';
import type { MoveResult } from '../session/session-move.js';
import type { Tenant } from '../tenant/tenant.js';
import { compareRungs, type Rung } from '../vocabulary/rung.js';
import { moveOne } from './move-session.js';
import type { OpeningParts } from './opening.js';

interface Wish {
  to: Rung;
  /** Where a move of ours that is under way leads. */
  goesTo: Rung | null;
}

export class Followers {
  readonly #wishes = new Map<ClientSession, Wish>();

  /** The tenant's new sessions go to `to` from now on. */
  follow(parts: OpeningParts, tenant: Tenant, to: Rung): void {
    for (const session of parts.live.all()) {
      if (session.tenant === tenant.id) this.#wish(parts, session, tenant, to);
    }
  }

  /** The session has been placed, which took a while: its tenant may have been moved meanwhile. */
  placed(parts: OpeningParts, session: ClientSession, tenant: Tenant, chosen: Rung): void {
    const to = parts.confinement.rungAfterWait(tenant.id, chosen);
    if (to !== chosen) this.#wish(parts, session, tenant, to);
  }

  #wish(parts: OpeningParts, session: ClientSession, tenant: Tenant, to: Rung): void {
    const known = this.#wishes.get(session);
    if (known === undefined) {
      if (!isBelow(session, to)) return;
      const wish: Wish = { to, goesTo: null };
      this.#wishes.set(session, wish);
      void this.#bring(parts, session, tenant, wish).catch(() => {});
      return;
    }
    known.to = to;
    // On the way to a quarantine it is better off where it was going: there is no place to turn to.
    const isAstray = known.goesTo !== null && known.goesTo !== to && to !== 'quarantined';
    if (isAstray) session.turnBack();
  }

  async #bring(
    parts: OpeningParts,
    session: ClientSession,
    tenant: Tenant,
    wish: Wish,
  ): Promise<void> {
    try {
      while (isBelow(session, wish.to)) {
        const { to } = wish;
        const result = await this.#carry(parts, session, tenant, wish);
        const isTurned = result?.kind === 'not-moved' && result.why === 'moving';
        if (isTurned || wish.to !== to) continue;
        const { onEscalate, drainTimeoutMs } = parts.options.escalation;
        if (result?.kind === 'moved' || onEscalate === 'finish') return;
        await drainSessions([session], parts.clock, drainTimeoutMs, 'drained');
      }
    } finally {
      this.#wishes.delete(session);
    }
  }

  async #carry(
    parts: OpeningParts,
    session: ClientSession,
    tenant: Tenant,
    wish: Wish,
  ): Promise<MoveResult | undefined> {
    const { moving } = session;
    if (moving !== undefined) {
      // Somebody else's, which is not called off.
      await moving;
      return { kind: 'not-moved', why: 'moving' };
    }
    const { to } = wish;
    const { carryOver, drainTimeoutMs } = parts.options.escalation;
    if (!carryOver || to === 'quarantined') return undefined;
    wish.goesTo = to;
    try {
      const settings = parts.confinement.settingsOn(tenant, to);
      return await moveOne(parts, session, settings, drainTimeoutMs);
    } finally {
      wish.goesTo = null;
    }
  }
}

function isBelow({ place, hasEnded }: ClientSession, to: Rung): boolean {
  return !hasEnded && place !== undefined && compareRungs(place.rung, to) < 0;
}

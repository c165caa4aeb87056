/** What people do to a pool in the course of a day, each act taken back before the day is over. */
import { RUNGS } from '../../src/vocabulary/rung.js';
import type { AgentPool } from '../../src/pool/agent-pool.js';

export interface ActWorld {
  readonly random: () => number;
  readonly handCaps: Map<string, number>;
  /** Ids of sessions that run now. */
  sessions(): readonly string[];
  /** By hand, at once; whatever a pool may refuse is no surprise. */
  readonly byHand: (what: string, act: (pool: AgentPool) => Promise<unknown>) => void;
  readonly later: (run: () => void) => void;
}

export function actByHand(world: ActWorld, tenant: string): void {
  const { random, handCaps, byHand, later } = world;
  switch (Math.floor(random() * 7)) {
    case 0: {
      const rung = RUNGS[Math.floor(random() * RUNGS.length)]!;
      byHand(`pin ${tenant} ${rung}`, (pool) => pool.pin(tenant, rung));
      return later(() => byHand(`unpin ${tenant}`, (pool) => pool.pin(tenant, null)));
    }
    case 1: {
      const as = (['thread', 'process', 'quarantined'] as const)[Math.floor(random() * 3)]!;
      byHand(`isolate ${tenant} ${as}`, (pool) => pool.isolate(tenant, { as }));
      return later(() => byHand(`release ${tenant}`, (pool) => pool.release(tenant)));
    }
    case 2: {
      const most = Math.floor(random() * 3);
      handCaps.set(tenant, most);
      byHand(`cap ${tenant} ${most}`, (pool) => pool.cap(tenant, most));
      return later(() => {
        handCaps.delete(tenant);
        byHand(`cap ${tenant} null`, (pool) => pool.cap(tenant, null));
      });
    }
    case 3:
      return byHand(`trip ${tenant}`, (pool) => pool.trip(tenant));
    case 4:
      return byHand(`reset ${tenant}`, (pool) => pool.reset(tenant));
    case 5:
      return byHand(`drain ${tenant}`, (pool) => pool.drain({ tenant, timeoutMs: 5_000 }));
    default: {
      const sessions = world.sessions();
      const session = sessions[Math.floor(random() * sessions.length)];
      if (session !== undefined) byHand(`kick ${session}`, (pool) => pool.kick(session));
    }
  }
}

/** A session with the echo agent, as its client sees it. */
import type { AgentPool } from '@tenantry/core';
import echo from '../agents/echo.js';
import { MESSAGE, type EchoPeer } from './echo-peer.js';

export async function tenantryPeer(pool: AgentPool, tenant: string): Promise<EchoPeer> {
  const session = await pool.open({ tenant, agent: echo });
  return {
    name: tenant,
    exchange: async (count, width) => {
      let sent = 0;
      let received = 0;
      for (; sent < Math.min(count, width); sent += 1) await session.send(MESSAGE);
      for await (const _reply of session.messages) {
        received += 1;
        if (received === count) return;
        if (sent === count) continue;
        sent += 1;
        await session.send(MESSAGE);
      }
    },
    close: async () => void (await session.close()),
  };
}

import { AgentPool } from '@tenantry/core';
import { isolates } from '@tenantry/isolation';

const pool = new AgentPool({
  isolates,
  tenants: { acme: { maxSessions: 50 }, globex: { isolation: 'process', memoryLimitMb: 256 } },
});
await pool.discover(new URL('./agents', import.meta.url));
await pool.start();

for (const tenant of ['acme', 'globex']) {
  const session = await pool.open({ tenant, agent: 'support' });
  await session.send({ text: 'hello' });
  const reply = await session.messages.next();
  const { reason, result, isolation } = await session.close();
  console.log(isolation, reply.value, reason, result);
}
await pool.close(); // a service: closeOnSignals(pool)
